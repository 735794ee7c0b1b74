using System.Text.RegularExpressions;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator;

/// <summary>Knows agents by name and passes messages to them. All members may be used by any number of threads.</summary>
public partial class Orchestrator
{
    readonly Lock _lock = new();
    readonly List<Agent> _agents = [];
    readonly SharedResources _shared = new();
    Agent? _default;

    /// <summary>The name of the agent that answers messages which name none; null when there is no agent.</summary>
    public string? DefaultAgent
    {
        get { lock (_lock) { return _default?.Id; } }
    }

    /// <summary>Makes an agent. The first one becomes the default.</summary>
    /// <param name="agentId">Its name: 1 to 60 letters, digits, _ and -.</param>
    /// <param name="model">A chat model of any maker.</param>
    /// <param name="bufferMemory">What was said lately; without one each message stands alone.</param>
    /// <param name="tools">What the model may call.</param>
    /// <param name="systemMessage">Who the agent is and what it is for.</param>
    /// <param name="longTermMemory">What was said at any time.</param>
    /// <param name="setAsDefault">Whether it answers messages that name no agent.</param>
    /// <exception cref="OrchestratorException">The name is taken or is none.</exception>
    public Agent CreateAgent(
        string agentId,
        IChatClient model,
        BufferMemory? bufferMemory = null,
        IReadOnlyList<AIFunction>? tools = null,
        string? systemMessage = null,
        ILongTermMemory? longTermMemory = null,
        bool setAsDefault = false)
    {
        var settings = new AgentSettings { Model = model, BufferMemory = bufferMemory, LongTermMemory = longTermMemory, Tools = tools ?? [] };
        return CreateAgent(agentId, systemMessage is null ? settings : settings with { SystemMessage = systemMessage }, setAsDefault);
    }

    /// <summary>Makes an agent of settings. The first one becomes the default.</summary>
    /// <exception cref="OrchestratorException">The name is taken or is none.</exception>
    public Agent CreateAgent(string agentId, AgentSettings settings, bool setAsDefault = false)
    {
        var agent = new Agent(agentId, settings);
        RegisterAgent(agent, setAsDefault);
        return agent;
    }

    /// <summary>Takes in an agent that was made elsewhere.</summary>
    /// <exception cref="OrchestratorException">The name is taken or is none.</exception>
    public void RegisterAgent(Agent agent, bool setAsDefault = false)
    {
        ArgumentNullException.ThrowIfNull(agent);
        Take(agent, setAsDefault);
        Changed();
    }

    /// <summary>Whether there is an agent of this name.</summary>
    public bool HasAgent(string agentId)
    {
        lock (_lock) { return Find(agentId) is not null; }
    }

    /// <summary>The agent of this name, or the default one.</summary>
    /// <exception cref="OrchestratorException">There is none.</exception>
    public Agent GetAgent(string? agentId = null)
    {
        lock (_lock)
        {
            return agentId is not null ? Find(agentId) ?? throw Unknown(agentId)
                : _default ?? throw new OrchestratorException(OrchestratorError.NoDefaultAgent, "There is no agent yet; create one first.");
        }
    }

    /// <summary>All agents, the oldest first.</summary>
    public IReadOnlyList<AgentInfo> ListAgents()
    {
        lock (_lock) { return [.. _agents.Select(agent => new AgentInfo(agent.Id, agent == _default, agent.Tools.Count, agent.SystemMessage))]; }
    }

    /// <summary>Forgets an agent; what it is doing goes on. After the default agent, the oldest that is left becomes the default.</summary>
    /// <exception cref="OrchestratorException">There is none of this name.</exception>
    public void DeleteAgent(string agentId)
    {
        lock (_lock)
        {
            var agent = Find(agentId) ?? throw Unknown(agentId);
            _agents.Remove(agent);
            (agent.Remembered, agent.Shared) = (null, null);
            if (agent == _default) { _default = _agents.FirstOrDefault(); }
        }

        Changed();
    }

    /// <summary>Lets an agent answer the messages that name none.</summary>
    /// <exception cref="OrchestratorException">There is none of this name.</exception>
    public void SetDefaultAgent(string agentId)
    {
        lock (_lock) { _default = Find(agentId) ?? throw Unknown(agentId); }
        Changed();
    }

    /// <summary>Passes a message to an agent and returns its answer.</summary>
    /// <param name="message">What it is told.</param>
    /// <param name="agentId">Its name; the default agent when null.</param>
    /// <param name="useMemory">False neither reads nor writes any memory.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="OrchestratorException">There is no such agent, or it came to a bound before it had answered.</exception>
    /// <exception cref="Models.ModelException">The model cannot be called.</exception>
    public Task<AgentAnswer> RunAsync(
        string message, string? agentId = null, bool useMemory = true, CancellationToken cancellationToken = default) =>
        GetAgent(agentId).RunAsync(message, useMemory, cancellationToken);

    /// <summary>Passes a message to an agent and tells what happens as it happens; see <see cref="AgentLoop.RunAsync"/>.</summary>
    /// <exception cref="OrchestratorException">There is no such agent.</exception>
    public IAsyncEnumerable<AgentUpdate> RunStreamAsync(
        string message, string? agentId = null, bool useMemory = true, CancellationToken cancellationToken = default) =>
        GetAgent(agentId).RunStreamAsync(message, useMemory, cancellationToken);

    /// <summary>Lets every agent of now call one tool more.</summary>
    public void RegisterTool(AIFunction tool)
    {
        lock (_lock)
        {
            foreach (var agent in _agents) { agent.AddTool(tool); }
        }

        Changed();
    }

    /// <summary>Lends a tool to agents, those that come later under these names too. One of the same name is replaced; an agent's own goes first.</summary>
    public void ShareTool(AIFunction tool, AgentAccess access)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(access);
        _shared.Add(tool, access);
    }

    /// <summary>Takes a shared tool back, from the next message on.</summary>
    /// <returns>False when none of this name is shared.</returns>
    public bool UnshareTool(string name) => _shared.RemoveTool(name);

    /// <summary>
    /// Lends a memory to agents, those that come later under these names too: they find in it what others have told it. Agents without a memory of their own
    /// tell it what they say.
    /// </summary>
    /// <param name="name">By which it is replaced and taken back.</param>
    public void ShareMemory(string name, ILongTermMemory memory, AgentAccess access)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(access);
        _shared.Add(name, memory, access);
    }

    /// <summary>Takes a shared memory back, from the next message on.</summary>
    /// <returns>False when none of this name is shared.</returns>
    public bool UnshareMemory(string name) => _shared.RemoveMemory(name);

    /// <summary>Searches what an agent remembers, the closest first.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="agentId">Its name; the default agent when null.</param>
    /// <param name="k">How many are returned at most.</param>
    /// <param name="useLongTerm">Whether its long-term memory is searched beside its buffer.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="OrchestratorException">There is no such agent.</exception>
    public async Task<IReadOnlyList<MemoryHit>> SearchMemoryAsync(
        string query, string? agentId = null, int k = 5, bool useLongTerm = true, CancellationToken cancellationToken = default)
    {
        var agent = GetAgent(agentId);
        List<MemoryHit> hits = [.. agent.BufferMemory?.Search(query, k) ?? []];
        foreach (var memory in useLongTerm ? agent.LongTermMemories : [])
        {
            hits.AddRange(await memory.SearchAsync(query, k, cancellationToken: cancellationToken).ConfigureAwait(false));
        }

        return [.. hits.OrderBy(hit => hit.Distance).Take(k)];
    }

    /// <summary>Empties the buffers of all agents.</summary>
    /// <param name="clearLongTerm">Whether their long-term memories, too.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task ClearAllMemoriesAsync(bool clearLongTerm = false, CancellationToken cancellationToken = default)
    {
        foreach (var agent in Agents)
        {
            agent.BufferMemory?.Clear();
            foreach (var memory in clearLongTerm ? agent.LongTermMemories : [])
            {
                await memory.ClearAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }

        Changed();
    }

    internal IReadOnlyList<Agent> Agents
    {
        get { lock (_lock) { return [.. _agents]; } }
    }

    /// <summary>Called after agents, the default or a memory have changed.</summary>
    protected virtual void Changed()
    {
    }

    internal void Take(Agent agent, bool setAsDefault)
    {
        if (!Name().IsMatch(agent.Id))
        {
            throw new OrchestratorException(
                OrchestratorError.InvalidName, $"'{agent.Id}' is no name for an agent: 1 to 60 letters, digits, _ and -, a letter or digit first.");
        }

        lock (_lock)
        {
            if (Find(agent.Id) is not null)
            {
                throw new OrchestratorException(OrchestratorError.DuplicateAgent, $"There is an agent '{agent.Id}' already.");
            }

            _agents.Add(agent);
            (agent.Remembered, agent.Shared) = (Changed, _shared);
            if (setAsDefault || _default is null) { _default = agent; }
        }
    }

    Agent? Find(string agentId) => _agents.Find(agent => string.Equals(agent.Id, agentId, StringComparison.OrdinalIgnoreCase));

    static OrchestratorException Unknown(string agentId) => new(OrchestratorError.UnknownAgent, $"There is no agent '{agentId}'.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\z")]
    private static partial Regex Name();
}
