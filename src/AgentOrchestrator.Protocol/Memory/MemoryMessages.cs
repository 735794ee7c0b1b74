namespace AgentOrchestrator.Protocol.Memory;

/// <summary><c>POST /memories</c>. Whose it is: of the agent, user and session that are named together, of the whole org when none is.</summary>
public sealed record StoreMemory
{
    public string? Text { get; init; }

    /// <summary>Texts by name, which a search may ask for.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary><c>default</c> when missing.</summary>
    public string? Collection { get; init; }

    public string? AgentId { get; init; }
    public string? UserId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>Chosen by the client, so that storing again has no second effect; made by the server when missing.</summary>
    public string? MemoryId { get; init; }
}

/// <summary><c>PATCH /memories/{id}</c>.</summary>
public sealed record WriteMemory
{
    public string? Text { get; init; }

    /// <summary>In the place of those that there are; they stay when missing.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary><c>POST /memories/search</c>. It sees what is stored for no more than those that it names.</summary>
public sealed record SearchMemory
{
    public string? Query { get; init; }

    /// <summary>How many results at most; 5 when missing.</summary>
    public int? Limit { get; init; }

    /// <summary>The same by its other name.</summary>
    public int? K { get; init; }

    public string? AgentId { get; init; }
    public string? UserId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>All collections when missing.</summary>
    public string? Collection { get; init; }

    /// <summary>Only memories with all of these in their metadata.</summary>
    public IReadOnlyDictionary<string, string>? MetadataFilter { get; init; }

    /// <summary>False finds nothing: what was said lately is kept by sessions, not here.</summary>
    public bool? UseLongTerm { get; init; }
}

/// <summary><c>POST /memories/clear</c>: those of which every member that is given is the same.</summary>
public sealed record ClearMemory
{
    public string? AgentId { get; init; }
    public string? UserId { get; init; }
    public string? SessionId { get; init; }
    public string? Collection { get; init; }

    /// <summary>False clears nothing: what was said lately is kept by sessions, not here.</summary>
    public bool? ClearLongTerm { get; init; }
}

public sealed record MemoryView(
    string MemoryId,
    string Text,
    IReadOnlyDictionary<string, string> Metadata,
    string Collection,
    string? AgentId,
    string? UserId,
    string? SessionId,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

public sealed record MemoryList(IReadOnlyList<MemoryView> Memories, string? NextCursor = null);

/// <param name="Source">Always <c>long_term</c>.</param>
/// <param name="Distance">From 0, the nearest, to 1.</param>
public sealed record MemoryResult(
    string Text, string Source, double Distance, IReadOnlyDictionary<string, string> Metadata, string MemoryId, string Collection, DateTimeOffset CreatedAt);

/// <param name="SearchedBy"><c>words</c>; <c>words_and_vectors</c> where an embeddings endpoint is set and answers.</param>
public sealed record MemoryResults(
    string? AgentId, string? UserId, string Query, IReadOnlyList<MemoryResult> Results, DateTimeOffset Timestamp, string SearchedBy);

/// <param name="Deleted">How many memories are gone.</param>
public sealed record MemoryCleared(bool Ok, int Deleted);
