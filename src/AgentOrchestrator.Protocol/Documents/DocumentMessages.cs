using System.Text.Json.Serialization;

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
    int Version)
{
    /// <summary>After an edit by what stood there: in how many places.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ReplacementsMade { get; init; }

    /// <summary>After an edit by place: of what.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EditRange? EditRange { get; init; }
}

/// <summary><c>PATCH /documents/{id}/content</c>: what stands there, or where it stands, and what is to stand there.</summary>
public sealed record EditContent
{
    /// <summary>Must be there once, unless <see cref="ReplaceAll"/>.</summary>
    public string? OldString { get; init; }

    public string? NewString { get; init; }
    public bool? ReplaceAll { get; init; }

    /// <summary>In characters.</summary>
    public long? Offset { get; init; }

    /// <summary>In characters; 0 when missing, which inserts.</summary>
    public long? Length { get; init; }
}

/// <summary>In characters.</summary>
public sealed record EditRange(long Offset, long OldLength, long NewLength);

public sealed record DocumentVersionList(string DocumentId, IReadOnlyList<DocumentVersionView> Versions);

/// <param name="WrittenBy">As the audit names them.</param>
public sealed record DocumentVersionView(int Version, long SizeBytes, string Checksum, DateTimeOffset WrittenAt, string WrittenBy);

/// <param name="Difference">As <c>diff -u</c> prints it; empty where there is none.</param>
public sealed record DocumentDifference(string DocumentId, int FromVersion, int ToVersion, string Difference);

/// <summary><c>POST /relations</c>.</summary>
public sealed record RelateDocuments
{
    /// <summary><c>parent-child</c>, <c>related</c> or <c>predecessor-successor</c>.</summary>
    public string? Definition { get; init; }

    public string? FromDocumentId { get; init; }
    public string? ToDocumentId { get; init; }

    /// <summary>Of the first one's row.</summary>
    public string? FromToNote { get; init; }

    /// <summary>Of the second one's row.</summary>
    public string? ToFromNote { get; init; }
}

/// <summary><c>PATCH /relations/{id}</c>.</summary>
public sealed record NoteRelation
{
    /// <summary>None when null.</summary>
    public string? Note { get; init; }
}

/// <param name="FromDocumentIs">What the first is to the second.</param>
public sealed record RelationDefinitionView(string Name, string Description, string FromDocumentIs, string ToDocumentIs);

/// <param name="FromRelation">As the first document sees it.</param>
public sealed record RelationCreated(bool Success, string Message, RelationView FromRelation, RelationView ToRelation);

public sealed record RelationsRemoved(bool Success, string Message, IReadOnlyList<string> DeletedRelationIds);

/// <param name="Relations">By type.</param>
public sealed record RelationsOfDocument(string DocumentId, IReadOnlyDictionary<string, IReadOnlyList<RelationView>> Relations);

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

/// <param name="Results">The best first.</param>
/// <param name="SearchedBy"><c>words</c>.</param>
public sealed record DocumentsFound(string Query, IReadOnlyList<DocumentFound> Results, DocumentIndexState Index, string SearchedBy);

/// <param name="Sections">The passages that have words of the query, the best first.</param>
/// <param name="Relations">By type; null where they were not asked for.</param>
public sealed record DocumentFound(
    string DocumentId,
    string Filename,
    string DocumentUrl,
    IReadOnlyList<SectionFound> Sections,
    IReadOnlyDictionary<string, IReadOnlyList<RelationView>>? Relations);

/// <param name="Score">From 0 to 1, which has every word.</param>
/// <param name="Offset">In characters.</param>
/// <param name="Limit">How many characters.</param>
public sealed record SectionFound(double Score, long Offset, int Limit, string Text);

/// <summary>What a search did not look at, and how much it did.</summary>
/// <param name="Pending">Documents whose present content is not indexed yet.</param>
/// <param name="Failed">Texts that cannot be indexed.</param>
public sealed record DocumentIndexState(long Pending, long Failed, long Passages);
