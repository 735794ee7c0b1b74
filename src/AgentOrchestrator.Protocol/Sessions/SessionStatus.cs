using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>The words that a session's status is shown in. Derived from its runs; see each case.</summary>
[JsonConverter(typeof(WireEnum<SessionStatus>))]
public enum SessionStatus
{
    /// <summary>A run is queued and none is live.</summary>
    Pending,

    /// <summary>A run is claimed, running or waiting; or, without runs, a <c>session_start</c> was posted.</summary>
    Running,

    /// <summary>The live run was told to stop and has not ended.</summary>
    Stopping,

    /// <summary>The last run was stopped by somebody.</summary>
    Stopped,

    /// <summary>The executor is alive between two turns.</summary>
    Idle,

    /// <summary>The last run completed; or, without runs, a <c>session_stop</c> was posted.</summary>
    Finished,

    /// <summary>The last run failed; its error says why.</summary>
    Failed,
}
