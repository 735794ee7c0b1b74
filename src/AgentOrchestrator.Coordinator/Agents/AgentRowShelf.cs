using System.Collections.Concurrent;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Agents without folders: the rows are all there is, shared by every node.</summary>
sealed class AgentRowShelf(string org, IAgentStore store, int maxAgents) : IAgentShelf
{
    readonly ConcurrentDictionary<string, DateTimeOffset> _createdAt = [];

    public async Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancel)
    {
        var agents = new List<AgentView>();
        foreach (var row in await store.ListAsync(org, cancel).ConfigureAwait(false))
        {
            agents.Add(await ViewAsync(row, cancel).ConfigureAwait(false));
        }

        return [.. agents.OrderBy(agent => agent.Name, StringComparer.Ordinal)];
    }

    public async Task<AgentView?> FindAsync(string name, CancellationToken cancel) =>
        await RowAsync(name, cancel).ConfigureAwait(false) is { } row ? await ViewAsync(row, cancel).ConfigureAwait(false) : null;

    public async Task<AgentView> CreateAsync(AgentView agent, CancellationToken cancel)
    {
        var rows = await store.ListAsync(org, cancel).ConfigureAwait(false);
        if (rows.Any(row => row.Name.Equals(agent.Name, StringComparison.OrdinalIgnoreCase))) { throw AgentFiles.AlreadyExists(agent.Name); }
        if (rows.Count >= maxAgents) { throw AgentCatalog.TooMany(maxAgents); }

        return await SaveAsync(agent, cancel).ConfigureAwait(false);
    }

    public async Task<AgentView?> EditAsync(string name, Func<AgentView, AgentView> edit, CancellationToken cancel) =>
        await FindAsync(name, cancel).ConfigureAwait(false) is { } before ? await SaveAsync(edit(before), cancel).ConfigureAwait(false) : null;

    public async Task<bool> DeleteAsync(string name, CancellationToken cancel) =>
        await RowAsync(name, cancel).ConfigureAwait(false) is { } row && await store.DeleteAsync(org, row.Name, cancel).ConfigureAwait(false);

    async Task<AgentRevision?> RowAsync(string name, CancellationToken cancel) =>
        await store.FindAsync(org, name, cancel).ConfigureAwait(false)
        ?? (await store.ListAsync(org, cancel).ConfigureAwait(false))
            .FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    async Task<AgentView> SaveAsync(AgentView agent, CancellationToken cancel)
    {
        var definition = AgentDefinition.Of(agent);
        return await ViewAsync(await store.SaveAsync(org, agent.Name, definition.Digest, definition.Json, cancel).ConfigureAwait(false), cancel)
            .ConfigureAwait(false);
    }

    async Task<AgentView> ViewAsync(AgentRevision row, CancellationToken cancel)
    {
        var agent = AgentDefinition.Read(row);
        if (!_createdAt.TryGetValue(row.Name, out var createdAt))
        {
            createdAt = (await store.FindRevisionAsync(org, row.Name, 1, cancel).ConfigureAwait(false))?.CreatedAt ?? row.CreatedAt;
            _createdAt[row.Name] = createdAt;
        }

        return agent with { CreatedAt = createdAt };
    }
}
