using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Agents.Runbooks;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Tools;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Agents;

/// <summary>Starts, stops, creates and deletes agents. A started one is active and listens; a stopped one is neither, and none of its runs goes on.</summary>
sealed class AgentLifecycle(
    AgentCatalog agents, RunbookFolder runbooks, RunbookAgents books, ToolFolder tools, ServerAssignments servers, IRunStore runs, ServerOptions options)
{
    /// <exception cref="ProductException">NotFound without definition and runbook; Conflict when it runs, or cannot.</exception>
    public async Task<AgentChanged> StartAsync(Principal caller, string name, CancellationToken cancel)
    {
        var agent = await agents.FindAsync(caller.Org, name, cancel);
        if (agent is null)
        {
            var made = caller.Org == CoordinatorOptions.DefaultOrg ? await books.AddAsync(name, cancel) : null;
            return Started(made ?? throw new ProductException(ErrorCode.NotFound, $"There is neither an agent nor a runbook called '{Shown(name)}'"));
        }

        if (agent is { Status: AgentStatuses.Active, Error: null })
        {
            throw new ProductException(ErrorCode.Conflict, $"Agent '{agent.Name}' is already running", "already_running");
        }

        await books.FollowAsync(caller.Org, agent, cancel);
        return Started(await agents.SetStatusAsync(caller.Org, agent.Name, AgentStatuses.Active, cancel));
    }

    /// <exception cref="ProductException">NotFound; Conflict when it does not run.</exception>
    public async Task<AgentChanged> StopAsync(Principal caller, string name, CancellationToken cancel)
    {
        var agent = await agents.GetAsync(caller.Org, name, cancel);
        if (agent.Status != AgentStatuses.Active)
        {
            throw new ProductException(ErrorCode.Conflict, $"Agent '{agent.Name}' is not running", "not_running");
        }

        await agents.SetStatusAsync(caller.Org, agent.Name, AgentStatuses.Inactive, cancel);
        var stopped = await StopRunsAsync(caller, agent.Name, cancel);
        return new AgentChanged { Message = $"Agent '{agent.Name}' stopped", RunsStopped = stopped };
    }

    /// <exception cref="ProductException">NotPossible for the name; Conflict when it is taken; NotFound for the tool server; Invalid for anything else.</exception>
    public async Task<AgentChanged> CreateAsync(Principal caller, FoundAgent asked, CancellationToken cancel)
    {
        var name = AgentNames.RequireNew(asked.Name?.Trim().ToLowerInvariant().Replace(' ', '_'));
        if (await agents.FindAsync(caller.Org, name, cancel) is not null) { throw new ProductException(ErrorCode.Conflict, $"Agent already exists: {name}"); }

        // The files are the default org's: another org's agent has its runbook in its prompt alone.
        return caller.Org == CoordinatorOptions.DefaultOrg
            ? await CreateWithFilesAsync(name, asked, cancel)
            : Created(await agents.CreateAsync(caller.Org, BareDefinition(name, asked), cancel), asked, hasRunbook: false);
    }

    /// <exception cref="ProductException">NotFound; Conflict for the default agent.</exception>
    public async Task<AgentChanged> DeleteAsync(Principal caller, string name, bool removeRunbook, CancellationToken cancel)
    {
        RequireDeletable(name);
        var isDefault = caller.Org == CoordinatorOptions.DefaultOrg;
        var agent = await agents.FindAsync(caller.Org, name, cancel);
        if (agent is null && !(removeRunbook && isDefault && runbooks.FindText(name) is not null)) { throw AgentNames.NotFound(name); }

        var configRemoved = false;
        if (agent is not null)
        {
            await agents.SetInactiveIfUsableAsync(caller.Org, agent, cancel);
            await StopRunsAsync(caller, agent.Name, cancel);
            await agents.DeleteAsync(caller.Org, agent.Name, cancel);
            configRemoved = isDefault && tools.Forget(agent.Name);
        }

        return new AgentChanged
        {
            Message = $"Agent '{agent?.Name ?? name}' deleted",
            RunbookRemoved = removeRunbook && isDefault && runbooks.Delete(name),
            ConfigRemoved = configRemoved,
            ProcessStopped = agent is { Status: AgentStatuses.Active },
        };
    }

    /// <exception cref="ProductException">Conflict for the default agent.</exception>
    public void RequireDeletable(string name)
    {
        if (string.Equals(name, options.DefaultAgent, StringComparison.OrdinalIgnoreCase))
        {
            throw new ProductException(ErrorCode.Conflict, $"'{options.DefaultAgent}' is the default agent and cannot be deleted", "default_agent");
        }
    }

    async Task<AgentChanged> CreateWithFilesAsync(string name, FoundAgent asked, CancellationToken cancel)
    {
        if (asked.ActionServer is { Length: > 0 } wanted) { servers.Require(CoordinatorOptions.DefaultOrg, wanted); }

        // What is wrong with the request is said before anything is written.
        _ = BareDefinition(name, asked);
        var orphan = runbooks.FindText(name);
        try
        {
            runbooks.Delete(name);
            runbooks.Save(new Runbook { AgentName = name, Role = asked.Role, Capabilities = asked.Capabilities });
            var agent = (await books.AddAsync(name, cancel))!;
            if (asked.ActionServer is { Length: > 0 } server) { await servers.AssignAsync(CoordinatorOptions.DefaultOrg, agent.Name, server, cancel); }
            return Created(agent, asked, hasRunbook: true);
        }
        catch
        {
            await UndoAsync(name, orphan);
            throw;
        }
    }

    async Task UndoAsync(string name, (string Name, string Text)? orphan)
    {
        if (await agents.FindAsync(CoordinatorOptions.DefaultOrg, name, CancellationToken.None) is { } half)
        {
            await agents.DeleteAsync(CoordinatorOptions.DefaultOrg, half.Name, CancellationToken.None);
        }

        runbooks.Delete(name);
        if (orphan is { } kept) { runbooks.WriteText(kept.Name, kept.Text); }
    }

    static WriteAgent BareDefinition(string name, FoundAgent asked)
    {
        var (markdown, book) = RunbookFolder.Compose(new Runbook { AgentName = name, Role = asked.Role, Capabilities = asked.Capabilities });
        return RunbookAgents.Definition(name, markdown, book);
    }

    async Task<int> StopRunsAsync(Principal caller, string agent, CancellationToken cancel)
    {
        var stopped = 0;
        foreach (var status in new[] { RunStatus.Pending, RunStatus.Claimed, RunStatus.Running })
        {
            var found = new List<string>();
            await foreach (var run in runs.ListAsync(caller.Org, new RunQuery { AgentName = agent, Status = status }, cancel)) { found.Add(run.RunId); }
            foreach (var run in found)
            {
                var outcome = await runs.StopAsync(caller.Org, run, caller.Actor, cancel);
                if (outcome is not null && !RunMoves.IsTerminal(outcome.Before)) { stopped++; }
            }
        }

        return stopped;
    }

    static AgentChanged Started(AgentView agent) => new() { Message = $"Agent '{agent.Name}' started" };

    static AgentChanged Created(AgentView agent, FoundAgent asked, bool hasRunbook) => new()
    {
        Message = $"Agent '{agent.Name}' created and started",
        AgentName = agent.Name,
        RunbookCreated = hasRunbook,
        ActionServerAssigned = hasRunbook && asked.ActionServer is { Length: > 0 },
    };

    static string Shown(string name) => name[..Math.Min(name.Length, Names.MaxLength)];
}
