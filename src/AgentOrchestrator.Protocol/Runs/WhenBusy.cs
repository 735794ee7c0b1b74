using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Runs;

/// <summary>What becomes of a message to a session that works or has messages waiting.</summary>
[JsonConverter(typeof(WireEnum<WhenBusy>))]
public enum WhenBusy
{
    /// <summary>It waits for its turn. The default.</summary>
    Enqueue,

    /// <summary>The live run is stopped, and this message is the session's next.</summary>
    Interrupt,

    /// <summary>It is refused: 409 <c>session_busy</c>.</summary>
    Reject,
}
