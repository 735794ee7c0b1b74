namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Content that agents and people share, under a name that need not be its own.</summary>
/// <param name="Content">Null for a document whose content is still to be written.</param>
public sealed record Document(
    string Org,
    string DocumentId,
    string Filename,
    string ContentType,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int Version,
    StoredContent? Content)
{
    /// <summary>The same for the same content, so that a writer can say which one it has read.</summary>
    public string Checksum => Content?.Checksum ?? StoredContent.ChecksumOfNothing;
}

/// <param name="ContentId">Under which the content is kept; never seen outside.</param>
/// <param name="Checksum">SHA-256 in lower-case hex.</param>
/// <param name="IsText">UTF-8 without NUL.</param>
public sealed record StoredContent(string ContentId, long SizeBytes, string Checksum, bool IsText)
{
    public const string ChecksumOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
}

/// <summary>A document that is about to be kept.</summary>
/// <param name="Author">Who wrote it, as audits name them.</param>
public sealed record NewDocument(
    string Org,
    string DocumentId,
    string Filename,
    string ContentType,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Metadata,
    StoredContent? Content,
    string Author);

/// <summary>Content that is about to become a document's.</summary>
/// <param name="ContentType">What it is where the document does not know; null where it is not text.</param>
/// <param name="IfChecksum">Only while the document's content has one of these; null for whatever it has.</param>
/// <param name="Author">Who wrote it, as audits name them.</param>
public sealed record NewContent(StoredContent Content, string? ContentType, IReadOnlyList<string>? IfChecksum, string Author);

/// <summary>What is null stays as it is.</summary>
public sealed record DocumentEdit(string? Filename, IReadOnlyList<string>? Tags, IReadOnlyDictionary<string, string>? Metadata);

/// <param name="Filename">A part of the name, in any case; all names when null.</param>
/// <param name="Tags">Each of them.</param>
public sealed record DocumentFilter(string? Filename, IReadOnlyList<string> Tags);

/// <param name="WrittenBy">As audits name them.</param>
public sealed record DocumentVersion(int Version, StoredContent Content, DateTimeOffset WrittenAt, string WrittenBy);

/// <param name="Documents">How many have it.</param>
public sealed record TagCount(string Tag, long Documents);

/// <summary>What the stores hold an org to.</summary>
/// <param name="QuotaBytes">Of all contents, old versions included.</param>
/// <param name="Versions">How many of one document are kept.</param>
public sealed record DocumentBounds(long QuotaBytes, int Versions);
