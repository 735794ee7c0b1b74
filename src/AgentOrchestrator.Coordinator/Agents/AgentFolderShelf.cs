using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>The default org on SQLite: the folders are what people edit, and every reading brings changed ones into the rows.</summary>
sealed class AgentFolderShelf(AgentFiles files, IAgentStore store, int maxAgents) : IAgentShelf, IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;

    readonly SemaphoreSlim _turn = new(1, 1);
    readonly Dictionary<string, AgentRevision> _rows = [];

    // By name, the reading whose definition is in the rows: an unchanged folder gives the same object again.
    readonly Dictionary<string, AgentView> _synced = [];

    /// <summary>Takes up folder and rows. Rows are written out only into a folder without any agent.</summary>
    public Task OpenAsync(CancellationToken cancel) => InTurnAsync(async () =>
    {
        files.Open();
        foreach (var row in await store.ListAsync(Org, cancel).ConfigureAwait(false)) { _rows[row.Name] = row; }
        if (files.FolderNames().Count == 0)
        {
            foreach (var row in _rows.Values) { files.Create(AgentDefinition.Read(row)); }
        }

        return await ReadAllAsync(cancel).ConfigureAwait(false);
    }, cancel);

    public Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancel) => InTurnAsync(() => ReadAllAsync(cancel), cancel);

    public Task<AgentView?> FindAsync(string name, CancellationToken cancel) => InTurnAsync(() => ReadOneAsync(name, cancel), cancel);

    public Task<AgentView> CreateAsync(AgentView agent, CancellationToken cancel) => InTurnAsync(async () =>
    {
        var names = files.FolderNames();
        if (names.Contains(agent.Name, StringComparer.OrdinalIgnoreCase)) { throw AgentFiles.AlreadyExists(agent.Name); }
        if (names.Count >= maxAgents) { throw AgentCatalog.TooMany(maxAgents); }

        files.Create(agent);
        return (await ReadOneAsync(agent.Name, cancel).ConfigureAwait(false))!;
    }, cancel);

    public Task<AgentView?> EditAsync(string name, Func<AgentView, AgentView> edit, CancellationToken cancel) => InTurnAsync(async () =>
    {
        if (await ReadOneAsync(name, cancel).ConfigureAwait(false) is not { } before) { return null; }
        if (before.Error is { } error) { throw AgentFiles.Unusable(before.Name, error); }

        files.Replace(edit(before));
        return await ReadOneAsync(before.Name, cancel).ConfigureAwait(false);
    }, cancel);

    public Task<bool> DeleteAsync(string name, CancellationToken cancel) => InTurnAsync(async () =>
    {
        if (Match(files.FolderNames(), name).Name is not { } found) { return false; }

        files.Delete(found);
        await ForgetAsync(found, cancel).ConfigureAwait(false);
        return true;
    }, cancel);

    public void Dispose() => _turn.Dispose();

    async Task<IReadOnlyList<AgentView>> ReadAllAsync(CancellationToken cancel)
    {
        var names = files.FolderNames();
        var agents = new List<AgentView>(names.Count);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names.Take(maxAgents))
        {
            if (await ReadOneAsync(name, isTaken: !taken.Add(name), cancel).ConfigureAwait(false) is { } agent) { agents.Add(agent); }
        }

        foreach (var gone in _rows.Keys.Except(names).ToList())
        {
            // Renamed in case only: the rows know it as the same agent.
            if (names.Contains(gone, StringComparer.OrdinalIgnoreCase)) { _rows.Remove(gone); }
            else { await ForgetAsync(gone, cancel).ConfigureAwait(false); }
        }

        return agents;
    }

    Task<AgentView?> ReadOneAsync(string name, CancellationToken cancel)
    {
        var (found, isTaken) = Match(files.FolderNames(), name);
        return found is null ? Task.FromResult<AgentView?>(null) : ReadOneAsync(found, isTaken, cancel);
    }

    async Task<AgentView?> ReadOneAsync(string name, bool isTaken, CancellationToken cancel)
    {
        if (files.Read(name) is not { } agent) { return null; }

        return isTaken
            ? AgentFolder.Failed(agent, "Another agent's name differs from this one only in case; rename one of the two folders.")
            : await WithRevisionAsync(agent, cancel).ConfigureAwait(false);
    }

    /// <summary>The folder of that name, else of that name in other case. Of folders that differ only in case the first one has the name.</summary>
    static (string? Name, bool IsTaken) Match(IReadOnlyList<string> names, string name)
    {
        var first = names.FirstOrDefault(other => other.Equals(name, StringComparison.OrdinalIgnoreCase));
        return first is not null && first != name && names.Contains(name) ? (name, true) : (first, false);
    }

    async Task<AgentView> WithRevisionAsync(AgentView agent, CancellationToken cancel)
    {
        var known = _rows.GetValueOrDefault(agent.Name);
        if (agent.State == AgentStates.Failed) { return agent with { Revision = known?.Revision ?? 0 }; }
        if (known is not null && ReferenceEquals(_synced.GetValueOrDefault(agent.Name), agent)) { return agent with { Revision = known.Revision }; }

        var definition = AgentDefinition.Of(agent);
        if (known?.Digest != definition.Digest)
        {
            known = await store.SaveAsync(Org, agent.Name, definition.Digest, definition.Json, cancel).ConfigureAwait(false);
            _rows[agent.Name] = known;
        }

        _synced[agent.Name] = agent;
        return agent with { Revision = known.Revision };
    }

    async Task ForgetAsync(string name, CancellationToken cancel)
    {
        await store.DeleteAsync(Org, name, cancel).ConfigureAwait(false);
        _rows.Remove(name);
        _synced.Remove(name);
    }

    async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
