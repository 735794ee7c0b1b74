namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>A text that is kept for good.</summary>
/// <param name="Metadata">What it was stored with; a search may ask for it.</param>
public sealed record StoredMemory(
    string Org,
    string MemoryId,
    MemoryScope Scope,
    string Collection,
    string Text,
    IReadOnlyDictionary<string, string> Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>A memory that is about to be kept.</summary>
/// <param name="Words">What it is found by, see <see cref="MemoryWords"/>.</param>
public sealed record NewMemory(
    string Org,
    string MemoryId,
    MemoryScope Scope,
    string Collection,
    string Text,
    IReadOnlyList<string> Words,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>Which memories: those of which every member that is given here is the same. Lists and clearing.</summary>
public sealed record MemoryFilter(string? AgentId = null, string? UserId = null, string? SessionId = null, string? Collection = null);

/// <summary>Among which memories is searched.</summary>
/// <param name="Scopes">The keys of the scopes that are seen.</param>
/// <param name="Collection">All of them when null.</param>
/// <param name="Metadata">Only memories with all of these.</param>
public sealed record MemoryField(IReadOnlyList<string> Scopes, string? Collection, IReadOnlyDictionary<string, string> Metadata);

/// <param name="Distance">From 0, the same direction, to 2.</param>
public sealed record NearMemory(StoredMemory Memory, double Distance);
