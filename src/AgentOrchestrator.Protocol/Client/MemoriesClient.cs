using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Memory;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Texts that are kept for good and found by what they say.</summary>
public readonly struct MemoriesClient
{
    readonly Caller _caller;

    internal MemoriesClient(Caller caller) => _caller = caller;

    /// <summary>Keeps a text. With a <see cref="StoreMemory.MemoryId"/> of the caller's, storing again has no second effect.</summary>
    /// <exception cref="ProductException">LimitExceeded when there are too many of just this agent, user and session.</exception>
    public Task<MemoryView> StoreAsync(StoreMemory memory, CancellationToken cancel = default) =>
        _caller.PostAsync("/memories", memory, ProtocolJson.Default.StoreMemory, ProtocolJson.Default.MemoryView, null, cancel);

    /// <summary>The nearest first.</summary>
    public Task<MemoryResults> SearchAsync(SearchMemory search, CancellationToken cancel = default) =>
        _caller.PostAsync("/memories/search", search, ProtocolJson.Default.SearchMemory, ProtocolJson.Default.MemoryResults, null, cancel);

    /// <summary>Newest first, of all scopes or of those that are named; the answer says where the next page begins.</summary>
    public Task<MemoryList> ListAsync(
        int limit, string? agentId = null, string? userId = null, string? sessionId = null, string? collection = null, string? cursor = null,
        CancellationToken cancel = default)
    {
        (string Name, string? Value)[] members =
            [("agent_id", agentId), ("user_id", userId), ("session_id", sessionId), ("collection", collection), ("cursor", cursor)];
        var query = string.Concat(members.Where(member => member.Value is not null).Select(member => $"&{member.Name}={Uri.EscapeDataString(member.Value!)}"));
        return _caller.GetAsync($"/memories?limit={limit}{query}", ProtocolJson.Default.MemoryList, cancel);
    }

    public Task<MemoryView> GetAsync(string memoryId, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(memoryId), ProtocolJson.Default.MemoryView, cancel);

    public Task<MemoryView> WriteAsync(string memoryId, WriteMemory memory, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("PATCH", PathOf(memoryId), JsonSerializer.SerializeToUtf8Bytes(memory, ProtocolJson.Default.WriteMemory)),
        ProtocolJson.Default.MemoryView, cancel);

    /// <exception cref="ProductException">NotFound.</exception>
    public Task DeleteAsync(string memoryId, CancellationToken cancel = default) => _caller.SendAsync(new Request("DELETE", PathOf(memoryId)), cancel);

    /// <summary>Forgets those of which every member that is given is the same.</summary>
    public Task<MemoryCleared> ClearAsync(ClearMemory which, CancellationToken cancel = default) =>
        _caller.PostAsync("/memories/clear", which, ProtocolJson.Default.ClearMemory, ProtocolJson.Default.MemoryCleared, null, cancel);

    static string PathOf(string memoryId) => $"/memories/{PathSegment.Of(memoryId)}";
}
