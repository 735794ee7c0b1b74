using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runners;

/// <summary>A registered runner as the store has it.</summary>
public sealed record Runner
{
    public required string Org { get; init; }
    public required string RunnerId { get; init; }
    public string? Hostname { get; init; }
    public string? ProjectDir { get; init; }
    public string? ExecutorType { get; init; }

    /// <summary>What it can execute. Empty = it did not say, and takes runs that name no executor or <c>claude-code</c>.</summary>
    public required IReadOnlyList<string> Executors { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }
    public string? InstanceId { get; init; }

    /// <summary>Whose token registered it: the id of the principal. Runner tokens speak for no runner that another one registered.</summary>
    public string? RegisteredBy { get; init; }

    /// <summary>True when it declared <c>leases</c>: it renews each run by its fence, is given assignments, and keeps its runs through an outage.</summary>
    public bool KeepsLeases { get; init; }

    /// <summary>True when it acknowledges claims by starting them: an unstarted claim expires in 10 s.</summary>
    public bool AcknowledgesClaims { get; init; }
    public required TimeSpan Lease { get; init; }
    public int? MaxConcurrent { get; init; }
    public required DateTimeOffset RegisteredAt { get; init; }
    public required DateTimeOffset LastHeartbeatAt { get; init; }

    /// <summary>Somebody asked it to leave; it is told at its next poll.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>How many of its claims ran out unstarted. A poll that is older than the last of them brings no run.</summary>
    public long LapsedClaims { get; init; }

    /// <summary>Counted when read.</summary>
    public int LiveRuns { get; init; }

    /// <summary>How long it must be silent before another may have its identity: while its leases live, so may the programs of its runs.</summary>
    public TimeSpan FreshFor(TimeSpan least) => KeepsLeases && LiveRuns > 0 && Lease > least ? Lease : least;

    /// <param name="executor">What a run asks for; null = any.</param>
    public bool CanExecute(string? executor) =>
        executor is null || (Executors.Count == 0 ? executor is DefaultExecutor : Executors.Contains(executor));

    /// <summary>True when it is where the run must be executed, and offers all that the run demands.</summary>
    public bool Meets(Demands? demands) => demands is null
        || ((demands.Hostname is null || demands.Hostname == Hostname)
            && (demands.ProjectDir is null || demands.ProjectDir == ProjectDir)
            && (demands.ExecutorType is null || demands.ExecutorType == ExecutorType || Executors.Contains(demands.ExecutorType))
            && (demands.Tags is null || demands.Tags.All(Tags.Contains)));

    /// <summary>What a runner that says nothing is taken to execute.</summary>
    public const string DefaultExecutor = "claude-code";
}

/// <summary>The outcome of a registration.</summary>
/// <param name="Registered">Null when another runner of that identity is alive: <paramref name="Holder"/>.</param>
public sealed record Registration(Runner? Registered, Runner? Holder);
