using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Runs;

/// <summary>Where a run stands. Completed, failed and stopped are final.</summary>
[JsonConverter(typeof(WireEnum<RunStatus>))]
public enum RunStatus
{
    /// <summary>Queued. A claim moves it on; a stop ends it at once.</summary>
    Pending,

    /// <summary>A runner holds its lease and has not reported a start; an expired lease puts it back to pending.</summary>
    Claimed,

    /// <summary>Its executor works. An expired lease ends it as failed with reason <c>lost</c>.</summary>
    Running,

    /// <summary>Started and held up by a person, a child, a quota or a budget; <c>waiting_reason</c> says which.</summary>
    Waiting,

    /// <summary>Somebody asked it to stop; the runner's report or the end of the lease moves it on.</summary>
    Stopping,

    Completed,

    /// <summary>The reason is one word: <c>error</c>, <c>lost</c>, <c>expired</c>, <c>timeout</c>, <c>unstarted</c>.</summary>
    Failed,

    Stopped,
}

[JsonConverter(typeof(WireEnum<RunType>))]
public enum RunType
{
    /// <summary>The first run of a session, which it creates.</summary>
    StartSession,

    /// <summary>A further message to a session.</summary>
    ResumeSession,
}
