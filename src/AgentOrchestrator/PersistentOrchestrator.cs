using System.Text.Json;
using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.State;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator;

/// <summary>An orchestrator whose agents come back: with their models, tools, system messages, and what was said lately.</summary>
/// <remarks>
/// The file is written whole, beside the old one and then in its place, after each change of an agent, the default or a buffer. Long-term memories are
/// not in it. Keys are not in it either: models are made again from the environment.
/// </remarks>
public sealed class PersistentOrchestrator : Orchestrator
{
    readonly Lock _lock = new();
    readonly PersistenceOptions _options;
    readonly bool _isLoaded;

    /// <param name="stateFile">Where the state is kept; it need not exist.</param>
    /// <param name="options">How models and tools are found again by their names.</param>
    /// <exception cref="OrchestratorException">The file is no state.</exception>
    /// <exception cref="ModelException">A model of the state is not configured any more; the message says what to set.</exception>
    public PersistentOrchestrator(string stateFile = "orchestrator_state.json", PersistenceOptions? options = null)
    {
        (StateFile, _options) = (Path.GetFullPath(stateFile), options ?? new PersistenceOptions());
        Load();
        _isLoaded = true;
    }

    /// <summary>Where the state is kept.</summary>
    public string StateFile { get; }

    /// <inheritdoc/>
    protected override void Changed()
    {
        if (!_isLoaded) { return; }

        lock (_lock)
        {
            var agents = Agents;
            var state = new OrchestratorState
            {
                Version = OrchestratorState.CurrentVersion,
                Agents = [.. agents.Select(agent => agent.Id)],
                DefaultAgent = DefaultAgent,
                Specs = agents.ToDictionary(agent => agent.Id, AgentState.Of),
            };
            var next = StateFile + ".new";
            File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.OrchestratorState));
            File.Move(next, StateFile, overwrite: true);
        }
    }

    void Load()
    {
        if (!File.Exists(StateFile)) { return; }

        var state = Read();
        foreach (var id in state.Agents)
        {
            var known = state.Specs.GetValueOrDefault(id) ?? new AgentState();
            Take(new Agent(id, SettingsOf(known)), setAsDefault: string.Equals(id, state.DefaultAgent, StringComparison.OrdinalIgnoreCase));
        }
    }

    OrchestratorState Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(StateFile), StateJson.Default.OrchestratorState) is { Version: <= OrchestratorState.CurrentVersion } state
                ? state
                : throw new OrchestratorException(OrchestratorError.InvalidState, $"{StateFile} is of a newer version.");
        }
        catch (JsonException wrong)
        {
            throw new OrchestratorException(OrchestratorError.InvalidState, $"{StateFile} cannot be read: {wrong.Message}");
        }
    }

    AgentSettings SettingsOf(AgentState state)
    {
        var settings = new AgentSettings
        {
            Model = _options.Model(state),
            BufferMemory = state.Buffer?.ToMemory() ?? (state.IsBare ? new BufferMemory() : null),
            Tools = [.. _options.Tools.Where(tool => state.Tools.Contains(tool.Name))],
            RequiredTools = state.Tools,
        };
        return state.SystemMessage is { } message ? settings with { SystemMessage = message } : settings;
    }
}

/// <summary>How a state finds models and tools again.</summary>
public sealed record PersistenceOptions
{
    /// <summary>Makes the model of an agent.</summary>
    /// <value>As <see cref="ChatModels.Create(string?, string?)"/> with the state's provider and model.</value>
    public Func<AgentState, IChatClient> Model { get; init; } = state => ChatModels.Create(state.Provider, state.Model);

    /// <summary>
    /// The tools that agents may have had. An agent with a tool that is not among them comes back, keeps its name, and refuses to run,
    /// <see cref="OrchestratorError.MissingTool"/>, until it is given one of that name.
    /// </summary>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];
}
