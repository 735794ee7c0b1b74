using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Documents;

/// <summary>What a writer has read is told by a tag, the checksum of the content.</summary>
static class Preconditions
{
    public static string TagOf(Document document) => $"\"{document.Checksum}\"";

    /// <returns>Null where any content will do.</returns>
    /// <exception cref="ProductException">Malformed for what is no tag: nothing is written by a guard that guards nothing.</exception>
    public static IReadOnlyList<string>? IfMatch(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count == 0) { return null; }

        var tags = request.GetTypedHeaders().IfMatch;
        return tags.Count == 0
            ? throw new ProductException(ErrorCode.Malformed, "If-Match must be a tag as ETag tells it, in double quotes, or *")
            : tags.Any(tag => tag.Tag == "*")
                ? null
                : [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString().Trim('"'))];
    }

    /// <summary>Before a body is taken that could not be kept.</summary>
    /// <exception cref="ProductException">Changed.</exception>
    public static void Require(IReadOnlyList<string>? checksums, Document document)
    {
        if (checksums is not null && !checksums.Contains(document.Checksum)) { throw DocumentErrors.Changed(document.Checksum); }
    }
}
