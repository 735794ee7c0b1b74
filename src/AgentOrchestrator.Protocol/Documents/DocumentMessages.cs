namespace AgentOrchestrator.Protocol.Documents;

/// <summary><c>POST /documents</c> as JSON: a document without content, to be written later.</summary>
public sealed record CreateDocument
{
    public string? Filename { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Texts by name.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary><c>PATCH /documents/{id}</c>: what is missing stays as it is.</summary>
public sealed record EditDocument
{
    public string? Filename { get; init; }

    /// <summary>In the place of those that there are.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>In the place of those that there are.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <param name="Checksum">SHA-256 of the content in hex; null for a document without content.</param>
/// <param name="Url">Where its content is read.</param>
/// <param name="Relations">By type; null where they were not asked for.</param>
/// <param name="Version">How often its content was written; 0 for a document without content.</param>
public sealed record DocumentView(
    string Id,
    string Filename,
    string ContentType,
    long SizeBytes,
    string? Checksum,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Metadata,
    string Url,
    IReadOnlyDictionary<string, IReadOnlyList<RelationView>>? Relations,
    int Version);

/// <param name="RelationType">What the other document is to this one.</param>
public sealed record RelationView(
    string Id,
    string DocumentId,
    string RelatedDocumentId,
    string RelationType,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <param name="DeletedDocumentIds">Children before their parents.</param>
public sealed record DocumentsDeleted(bool Success, string Message, IReadOnlyList<string> DeletedDocumentIds);

public sealed record DocumentTags(IReadOnlyList<DocumentTag> Tags);

/// <param name="Count">How many documents have it.</param>
public sealed record DocumentTag(string Tag, long Count);
