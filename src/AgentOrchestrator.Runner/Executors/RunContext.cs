using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors;

/// <summary>One run as an executor sees it.</summary>
public sealed record RunContext
{
    public required RunView Run { get; init; }

    /// <summary>The agent as pinned; null for a run without one.</summary>
    public AgentView? Agent { get; init; }

    /// <summary>What the agent's model costs, where it has a budget and the server knows.</summary>
    public ModelRate? Rate { get; init; }

    /// <summary>The executor's own id of the conversation when it has run before; null for the first run.</summary>
    public string? ExecutorSessionId { get; init; }

    /// <summary>An existing absolute folder.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>A private folder (0700) of this attempt for configuration files; removed afterwards.</summary>
    public required string ScratchDirectory { get; init; }

    /// <summary>All that a spawned program may see: the allow-list, the run's own variables, the keys that the agent names.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IRunOutput Output { get; init; }

    /// <summary>Starts the run's program, so that it outlives this process where the host allows it.</summary>
    public IProgramStarter Programs { get; init; } = DirectStarter.Instance;

    /// <summary>How long the program may take to end by itself when it is told to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server as this session may use it, with the token that is bound to the run.</summary>
    public required Uri Server { get; init; }

    public required string Token { get; init; }
}
