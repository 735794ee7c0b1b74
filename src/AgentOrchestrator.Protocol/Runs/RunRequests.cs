using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Runs;

/// <summary><c>POST /runs</c> and <c>POST /jobs</c>.</summary>
public sealed record CreateRun
{
    public RunType? Type { get; init; }
    public string? Prompt { get; init; }
    public string? SessionId { get; init; }
    public string? SessionName { get; init; }
    public string? AgentName { get; init; }
    public string? ProjectDir { get; init; }
    public string? ParentSessionId { get; init; }

    /// <summary>The older vocabulary: naming a parent this way asks for a callback unless a mode is given.</summary>
    public string? ParentSessionName { get; init; }
    public ExecutionMode? ExecutionMode { get; init; }
    public Demands? AdditionalDemands { get; init; }

    /// <summary>-100 to 100; the agent's, else 0, when missing. Inside a run at most 0.</summary>
    public int? Priority { get; init; }

    /// <summary>How long the run may work, in seconds; the agent's, else the server's, when missing.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>How long it may wait for a claim, in seconds, from when it may begin; for ever when missing.</summary>
    public int? QueueTimeoutSeconds { get; init; }

    /// <summary>Begin no earlier. Excludes <see cref="DelaySeconds"/>.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Begin no earlier than so many seconds from now, by the server's clock.</summary>
    public int? DelaySeconds { get; init; }

    /// <summary>Of a message: what to do when the session is busy; the session's own policy when missing. Of a start: that policy.</summary>
    public WhenBusy? WhenBusy { get; init; }

    /// <summary>False: neither read nor write what the agent remembers of other sessions. As the agent says when missing.</summary>
    public bool? UseMemory { get; init; }

    /// <summary>Of the session that a start creates; <c>stop</c> when missing. A resume leaves it as it is.</summary>
    public ParentEndPolicy? OnParentEnd { get; init; }
}

public sealed record RunCreated(string RunId, string SessionId, string SessionName, RunStatus Status)
{
    public string JobId => RunId;
}

/// <summary>The answer to a stop of a run or a session.</summary>
public sealed record StopAnswer
{
    public bool Ok { get; init; } = true;
    public string? RunId { get; init; }
    public string? JobId => RunId;
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public required string Status { get; init; }
    public string? Message { get; init; }

    /// <summary>How many sessions below this one are stopped with it; left out when none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DescendantsStopped { get; init; }
}
