using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Names, tags and metadata of documents: within their bounds, and without secrets.</summary>
sealed class DocumentLabels(Redactor redactor, CoordinatorOptions options)
{
    const int MaxNameLength = 255;

    public string RequireFilename(string? filename) => string.IsNullOrWhiteSpace(filename)
        ? throw new ProductException(ErrorCode.NotPossible, "filename is required")
        : DocumentNames.Require(redactor.Redact(filename));

    /// <summary>Each once; without those that are empty.</summary>
    public IReadOnlyList<string> CheckTags(IReadOnlyList<string>? tags)
    {
        var given = tags?.Select(tag => tag?.Trim() ?? "").Where(tag => tag.Length > 0).ToList();
        return given?.Find(tag => tag.Contains(',', StringComparison.Ordinal)) is { } wrong
            ? throw new ProductException(ErrorCode.Invalid, $"tags must not contain a comma, as '{wrong}' does: a query has commas between them")
            : [.. FreeText.CheckLabels(given, "tags").Select(redactor.Redact).Distinct()];
    }

    /// <summary>Empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> CheckMetadata(IReadOnlyDictionary<string, string>? metadata)
    {
        var kept = new Dictionary<string, string>();
        foreach (var (name, value) in metadata ?? kept)
        {
            kept[redactor.Redact(FreeText.Require(name, "a name in metadata", MaxNameLength))] = redactor.Redact(RequireValue(name, value));
        }

        return kept.Count <= options.MaxDocumentMetadata && kept.Sum(pair => (long)pair.Value.Length) <= options.MaxDocumentMetadataLength
            ? kept
            : throw new ProductException(
                ErrorCode.Invalid,
                $"metadata must have at most {options.MaxDocumentMetadata} members of {options.MaxDocumentMetadataLength} characters together");
    }

    static string RequireValue(string name, string? value) => value switch
    {
        null => throw new ProductException(ErrorCode.Invalid, $"metadata.{name} must be text"),
        _ when value.Contains('\0', StringComparison.Ordinal) => throw new ProductException(ErrorCode.Invalid, $"metadata.{name} must not contain a NUL character"),
        _ => value,
    };
}
