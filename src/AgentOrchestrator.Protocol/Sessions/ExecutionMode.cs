using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>How a parent learns that its child has ended.</summary>
[JsonConverter(typeof(WireEnum<ExecutionMode>))]
public enum ExecutionMode
{
    /// <summary>The caller waits; nothing is delivered.</summary>
    Sync,

    /// <summary>The caller asks for the status; nothing is delivered.</summary>
    AsyncPoll,

    /// <summary>Every end of a run of the child is delivered to the parent as a run.</summary>
    AsyncCallback,
}
