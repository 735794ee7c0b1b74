using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Runners;

/// <summary><c>POST /runner/register</c> and <c>/launcher/register</c>; older workers send nothing or the first four.</summary>
public sealed record RegisterRunner
{
    public string? Hostname { get; init; }
    public string? ProjectDir { get; init; }
    public string? ExecutorType { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Everything this runner can execute; <see cref="ExecutorType"/> alone when missing.</summary>
    public IReadOnlyList<string>? Executors { get; init; }

    /// <summary>Tells two runners of one host and folder apart.</summary>
    public string? RunnerName { get; init; }

    /// <summary>Kept by the runner in its state folder. A registration with the same value is that runner come back.</summary>
    public string? InstanceId { get; init; }

    /// <summary><c>leases</c>: renews by heartbeat every 10 s. <c>claim_ack</c>: a claim not started in 10 s is offered again.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>The most runs it takes at a time; without a limit when missing.</summary>
    public int? MaxConcurrent { get; init; }
}

public static class RunnerCapabilities
{
    public const string Leases = "leases";
    public const string ClaimAck = "claim_ack";
}

public sealed record RunnerRegistered
{
    public required string RunnerId { get; init; }
    public string LauncherId => RunnerId;
    public required string PollEndpoint { get; init; }
    public required int PollTimeoutSeconds { get; init; }
    public required int HeartbeatIntervalSeconds { get; init; }
    public required int LeaseSeconds { get; init; }

    /// <summary>
    /// Given when this server alone owns its data: the Linux abstract socket that is there as long as a server runs on them. A runner of the
    /// same host that finds it gone knows that nobody hands sessions on, and that a start leaves every live run a fresh lease.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? SoleServer { get; init; }
}

public sealed record RunnerView
{
    public required string RunnerId { get; init; }
    public string LauncherId => RunnerId;
    public required DateTimeOffset RegisteredAt { get; init; }
    public required DateTimeOffset LastHeartbeat { get; init; }
    public string? Hostname { get; init; }
    public string? ProjectDir { get; init; }
    public string? ExecutorType { get; init; }
    public required IReadOnlyList<string> Executors { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary><c>online</c> or <c>stale</c>.</summary>
    public required string Status { get; init; }
    public required double SecondsSinceHeartbeat { get; init; }
    public int LiveRuns { get; init; }
}

public sealed record RunnerList(IReadOnlyList<RunnerView> Runners)
{
    public IReadOnlyList<RunnerView> Launchers => Runners;
}

public sealed record RunFence(string RunId, long Fence);

public sealed record Heartbeat
{
    public string? RunnerId { get; init; }
    public string? LauncherId { get; init; }

    /// <summary>As registered: tells this runner apart from one that has taken over its identity.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The runs whose leases to renew; all of the runner's when missing.</summary>
    public IReadOnlyList<RunFence>? Runs { get; init; }
}

public sealed record HeartbeatAnswer
{
    public bool Ok { get; init; } = true;

    /// <summary>Runs to stop.</summary>
    public IReadOnlyList<string> StopRuns { get; init; } = [];

    /// <summary>Runs whose lease this runner no longer holds: end their processes and report nothing.</summary>
    public IReadOnlyList<string> LostRuns { get; init; } = [];
}

/// <summary>The answer to a long poll that has something to say. One of the members is set; the others are left out.</summary>
public sealed record PollAnswer
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RunView? Run { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RunView? Job { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? StopRuns { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? StopJobs { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deregistered { get; init; }

    /// <summary>What our own runner needs beside the run; older workers ignore it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RunAssignment? Assignment { get; init; }
}

public sealed record RunAssignment
{
    public required long Fence { get; init; }
    public required int LeaseSeconds { get; init; }

    /// <summary>The agent as pinned when the run was queued; null for a run without an agent.</summary>
    public AgentView? Agent { get; init; }

    /// <summary>The executor's id of the conversation, when it has run before.</summary>
    public string? ExecutorSessionId { get; init; }

    /// <summary>Where the agent has a budget: what its model costs; null where nobody knows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ModelRate? Rate { get; init; }

    /// <summary>A token bound to this session; it dies with the lease.</summary>
    public required string Token { get; init; }

    /// <summary>The W3C trace context of the claim, for the spans of the runner and as <c>TRACEPARENT</c> for the executor; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TraceParent { get; init; }
}

/// <summary>Any report about a run: started, completed, failed, stopped.</summary>
public sealed record RunReport
{
    public string? RunnerId { get; init; }
    public string? LauncherId { get; init; }

    /// <summary>The fence of the claim; a report without one binds to the runner's live lease.</summary>
    public long? Fence { get; init; }
    public string? Status { get; init; }
    public string? Error { get; init; }
    public string? Reason { get; init; }
    public string? Signal { get; init; }
    public int? ExitCode { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }
    public RunUsage? Usage { get; init; }
    public string? ExecutorSessionId { get; init; }
    public string? ExecutorType { get; init; }
}

/// <summary><c>POST /runner/runs/{id}/events</c>: output in order, each with its ordinal, so that a repeat is harmless.</summary>
public sealed record RunEvents
{
    public string? RunnerId { get; init; }
    public required long Fence { get; init; }

    /// <summary>The ordinal of the first event, counted from 1 over the whole attempt.</summary>
    public required long FirstOrdinal { get; init; }
    public required IReadOnlyList<PostEvent> Events { get; init; }
}

public sealed record RunEventsAccepted(bool Ok, long NextOrdinal);

/// <summary><c>POST /runner/runs/{id}/deltas</c>: text as it is written; shown live, never stored.</summary>
public sealed record RunDeltas
{
    public string? RunnerId { get; init; }
    public required long Fence { get; init; }
    public required IReadOnlyList<TextDelta> Deltas { get; init; }
}

/// <param name="Kind"><c>text</c> or <c>thinking</c>.</param>
public sealed record TextDelta(string Kind, string Text);

public sealed record Deregistered(bool Ok, string Message, string InitiatedBy);
