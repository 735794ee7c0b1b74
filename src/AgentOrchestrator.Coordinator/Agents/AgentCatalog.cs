using System.Collections.Concurrent;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>The agents of every org: definitions are kept by revision, and runs are pinned to one.</summary>
public sealed class AgentCatalog : IAgentCatalog, IDisposable
{
    readonly IAgentStore _store;
    readonly CoordinatorOptions _options;
    readonly AgentFolderShelf? _folders;
    readonly ConcurrentDictionary<string, AgentRowShelf> _rows = [];

    /// <param name="folder">Where the default org's agents are edited as files; null where the rows alone are the truth.</param>
    public AgentCatalog(IAgentStore store, string? folder, CoordinatorOptions options, TimeProvider time)
    {
        _store = store;
        _options = options;
        if (folder is null) { return; }

        var files = new AgentFiles(folder, options.MaxAgentFileBytes, time);
        Folder = files.Root;
        _folders = new AgentFolderShelf(files, store, options.MaxAgents);
    }

    /// <summary>The absolute path of the agents' folder, if there is one.</summary>
    public string? Folder { get; }

    /// <summary>Brings folder and rows together; a first start begins with the demo agents. Once, before anything is served.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        if (_folders is not null) { await _folders.OpenAsync(cancel).ConfigureAwait(false); }
        if (!_options.HasDemoAgents) { return; }

        var shelf = ShelfOf(CoordinatorOptions.DefaultOrg);
        if ((await shelf.ListAsync(cancel).ConfigureAwait(false)).Count > 0) { return; }

        foreach (var demo in DemoAgents.Read())
        {
            // One that was here before was deleted by somebody, who does not want it back.
            var isKnown = await HasKnownAsync(CoordinatorOptions.DefaultOrg, demo.Name, cancel).ConfigureAwait(false);
            if (!isKnown) { await shelf.CreateAsync(demo, cancel).ConfigureAwait(false); }
        }
    }

    /// <summary>By name, also inactive and failed ones; those that have all the tags.</summary>
    public async Task<IReadOnlyList<AgentView>> ListAsync(string org, IReadOnlyCollection<string> tags, CancellationToken cancel)
    {
        var agents = await ShelfOf(org).ListAsync(cancel).ConfigureAwait(false);
        var held = await _store.ListQuarantinedAsync(org, cancel).ConfigureAwait(false);
        return [.. agents.Where(agent => tags.All(agent.Tags.Contains)).Select(agent => Shown(agent, held))];
    }

    /// <summary>With its quarantine, if it is in one.</summary>
    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<AgentView> ShowAsync(string org, string name, CancellationToken cancel)
    {
        var agent = await GetAsync(org, name, cancel).ConfigureAwait(false);
        return Shown(agent, await _store.ListQuarantinedAsync(org, cancel).ConfigureAwait(false));
    }

    /// <summary>Lets the queued runs of an agent go that failed too often; one that did not stays as it is.</summary>
    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<AgentView> ReleaseAsync(string org, string name, CancellationToken cancel)
    {
        var agent = await GetAsync(org, name, cancel).ConfigureAwait(false);
        await _store.ReleaseAsync(org, agent.Name, cancel).ConfigureAwait(false);
        return await ShowAsync(org, agent.Name, cancel).ConfigureAwait(false);
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<AgentView> GetAsync(string org, string name, CancellationToken cancel) =>
        await FindAsync(org, name, cancel).ConfigureAwait(false) ?? throw AgentNames.NotFound(name);

    /// <exception cref="ProductException">NotPossible for the name, Conflict when it is taken, Invalid for any other member.</exception>
    public Task<AgentView> CreateAsync(string org, WriteAgent request, CancellationToken cancel) =>
        ShelfOf(org).CreateAsync(Bounded(AgentEdits.Create(request)), cancel);

    /// <exception cref="ProductException">NotFound, Invalid, or Conflict for an agent whose files are broken.</exception>
    public Task<AgentView> PatchAsync(string org, string name, WriteAgent request, CancellationToken cancel) =>
        EditAsync(org, name, agent => Bounded(AgentEdits.Patch(agent, request)), cancel);

    /// <exception cref="ProductException">NotFound, Invalid, or Conflict for an agent whose files are broken.</exception>
    public Task<AgentView> SetStatusAsync(string org, string name, string? status, CancellationToken cancel) =>
        EditAsync(org, name, agent => AgentEdits.WithStatus(agent, status), cancel);

    /// <summary>Before its end: nothing new begins with it. One that has failed begins nothing anyway.</summary>
    public async Task SetInactiveIfUsableAsync(string org, AgentView agent, CancellationToken cancel)
    {
        if (agent is { Error: null, Status: AgentStatuses.Active })
        {
            await SetStatusAsync(org, agent.Name, AgentStatuses.Inactive, cancel).ConfigureAwait(false);
        }
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task DeleteAsync(string org, string name, CancellationToken cancel)
    {
        if (!AgentNames.IsUsable(name) || !await ShelfOf(org).DeleteAsync(name, cancel).ConfigureAwait(false)) { throw AgentNames.NotFound(name); }
    }

    /// <summary>Whether there was ever an agent of that name: one that was deleted is not wanted back by itself.</summary>
    public async Task<bool> HasKnownAsync(string org, string name, CancellationToken cancel) =>
        await _store.FindRevisionAsync(org, name, 1, cancel).ConfigureAwait(false) is not null;

    public async Task<PinnedAgent?> PinAsync(string org, string name, CancellationToken cancel)
    {
        if (await FindAsync(org, name, cancel).ConfigureAwait(false) is not { } agent) { return null; }

        return agent.Error is { } error
            ? throw AgentFiles.Unusable(agent.Name, error)
            : new PinnedAgent(agent.Name, agent.Revision, agent.Status == AgentStatuses.Active, agent.Executor, agent.Demands)
            {
                Priority = agent.Priority,
                Timeout = agent.Timeout,
                MaxConcurrent = agent.MaxConcurrent,
                Retry = agent.Retry,
            };
    }

    public void Dispose() => _folders?.Dispose();

    internal static ProductException TooMany(int maxAgents) =>
        new(ErrorCode.LimitExceeded, $"There are {maxAgents} agents, which is the most; delete one first.");

    /// <summary>Null when there is none of that name.</summary>
    public Task<AgentView?> FindAsync(string org, string name, CancellationToken cancel) =>
        AgentNames.IsUsable(name) ? ShelfOf(org).FindAsync(name, cancel) : Task.FromResult<AgentView?>(null);

    async Task<AgentView> EditAsync(string org, string name, Func<AgentView, AgentView> edit, CancellationToken cancel) =>
        (AgentNames.IsUsable(name) ? await ShelfOf(org).EditAsync(name, edit, cancel).ConfigureAwait(false) : null)
        ?? throw AgentNames.NotFound(name);

    AgentView Bounded(AgentView agent) => AgentDefinition.Of(agent).Json.Length <= _options.MaxAgentFileBytes
        ? agent
        : throw new ProductException(
            ErrorCode.Invalid, $"The agent would be larger than {_options.MaxAgentFileBytes} characters; shorten its prompt or script.");

    static AgentView Shown(AgentView agent, IReadOnlyList<Quarantine> held) =>
        held.FirstOrDefault(of => of.Agent.Equals(agent.Name, StringComparison.OrdinalIgnoreCase)) is { } quarantine
            ? agent with { Quarantine = new AgentQuarantine(quarantine.Since, quarantine.Failures, quarantine.RunId) }
            : agent;

    IAgentShelf ShelfOf(string org) => _folders is not null && org == CoordinatorOptions.DefaultOrg
        ? _folders
        : _rows.GetOrAdd(org, (of, catalog) => new AgentRowShelf(of, catalog._store, catalog._options.MaxAgents), this);
}
