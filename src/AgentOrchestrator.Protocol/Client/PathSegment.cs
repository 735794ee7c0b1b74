namespace AgentOrchestrator.Protocol.Client;

static class PathSegment
{
    /// <summary>The text as one segment of a path. Names and ids need no escaping, and so no <see cref="Uri"/>.</summary>
    public static string Of(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return Uri.EscapeDataString(text);
            }
        }

        return text.Length > 0 ? text : throw new ProductException(ErrorCode.Invalid, "the name is empty; give a name or an id");
    }
}
