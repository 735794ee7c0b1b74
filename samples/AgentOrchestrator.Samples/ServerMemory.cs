using AgentOrchestrator.Memory;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Memory;

namespace AgentOrchestrator.Samples;

/// <summary>
/// A long-term memory that a server keeps: what an agent of this program remembers is there after a restart, for other programs too. Give it to an agent, or share it.
/// </summary>
/// <param name="client">With a token of an operator.</param>
/// <param name="agentId">Whose it is; together with <paramref name="userId"/>, of this agent about this user. Of the whole org when both are null.</param>
/// <param name="userId">Any id of yours.</param>
public sealed class ServerMemory(OrchestratorClient client, string? agentId = null, string? userId = null) : ILongTermMemory
{
    const int PageLength = 100;

    public async Task<string> StoreAsync(
        string text,
        IReadOnlyDictionary<string, string>? metadata = null,
        string collection = ILongTermMemory.DefaultCollection,
        CancellationToken cancellationToken = default)
    {
        var memory = new StoreMemory { Text = text, Metadata = metadata, Collection = collection, AgentId = agentId, UserId = userId };
        return (await client.Memories.StoreAsync(memory, cancellationToken).ConfigureAwait(false)).MemoryId;
    }

    public async Task<IReadOnlyList<MemoryHit>> SearchAsync(
        string query,
        int topK = 5,
        IReadOnlyDictionary<string, string>? filter = null,
        string collection = ILongTermMemory.DefaultCollection,
        CancellationToken cancellationToken = default)
    {
        var search = new SearchMemory
        {
            Query = query,
            Limit = topK,
            MetadataFilter = filter,
            Collection = collection,
            AgentId = agentId,
            UserId = userId,
        };
        var found = await client.Memories.SearchAsync(search, cancellationToken).ConfigureAwait(false);
        return [.. found.Results.Select(result => new MemoryHit(result.Text, result.Source, result.Distance, result.Metadata))];
    }

    public Task<bool> UpdateAsync(
        string id, string text, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        IsThereAsync(() => client.Memories.WriteAsync(id, new WriteMemory { Text = text, Metadata = metadata }, cancellationToken));

    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken = default) =>
        IsThereAsync(() => client.Memories.DeleteAsync(id, cancellationToken));

    /// <summary>Its own: the server's way to clear would take what is kept for its agent and some user as well.</summary>
    public async Task ClearAsync(string collection = ILongTermMemory.DefaultCollection, CancellationToken cancellationToken = default)
    {
        string? cursor = null;
        do
        {
            var page = await client.Memories.ListAsync(PageLength, agentId, userId, collection: collection, cursor: cursor, cancel: cancellationToken).ConfigureAwait(false);
            foreach (var memory in page.Memories.Where(IsOwn)) { await DeleteAsync(memory.MemoryId, cancellationToken).ConfigureAwait(false); }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    bool IsOwn(MemoryView memory) =>
        memory.UserId == userId && memory.SessionId is null && string.Equals(memory.AgentId, agentId, StringComparison.OrdinalIgnoreCase);

    static async Task<bool> IsThereAsync(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
            return true;
        }
        catch (ProductException missing) when (missing.Code is ErrorCode.NotFound)
        {
            return false;
        }
    }
}
