using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>What stands at the head of a <c>SKILL.md</c>, between two lines of <c>---</c>: of YAML the plain, quoted and folded texts that such heads have.</summary>
sealed record FrontMatter(string Name, string Description, string Body)
{
    const string Fence = "---";
    const int MaxDescription = 10_000;

    /// <exception cref="ProductException">Conflict, saying what is missing.</exception>
    public static FrontMatter Read(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, line => line.TrimEnd() == Fence) : -1;
        if (end < 0) { throw Wrong("must begin with a head between two lines of ---"); }

        var head = lines[1..end];
        var description = Value(head, "description");
        if (string.IsNullOrWhiteSpace(description)) { throw Wrong("needs a description in its head"); }
        if (description.Length > MaxDescription) { throw Wrong($"has a description of more than {MaxDescription} characters"); }

        return new FrontMatter(Value(head, "name") ?? throw Wrong("needs a name in its head"), description, string.Join('\n', lines[(end + 1)..]).Trim('\n'));
    }

    static string? Value(string[] head, string key)
    {
        var at = Array.FindIndex(head, line => line.StartsWith(key + ":", StringComparison.Ordinal));
        if (at < 0) { return null; }

        var first = head[at][(key.Length + 1)..].Trim();
        var more = head[(at + 1)..].TakeWhile(line => line.Length == 0 || char.IsWhiteSpace(line[0])).Select(line => line.Trim());
        return first is "|" or "|-" ? string.Join('\n', more).Trim()
            : first is ">" or ">-" ? string.Join(' ', more).Trim()
            : Unquote(string.Join(' ', more.Prepend(first)).Trim());
    }

    static string Unquote(string text) => text switch
    {
        ['"', .. var inner, '"'] => inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal),
        ['\'', .. var inner, '\''] => inner.Replace("''", "'", StringComparison.Ordinal),
        _ => text,
    };

    static ProductException Wrong(string message) => new(ErrorCode.Conflict, $"{SkillFolders.Main} {message}");
}
