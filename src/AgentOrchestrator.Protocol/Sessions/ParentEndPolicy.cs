using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>What becomes of a session when somebody stops or deletes its parent.</summary>
[JsonConverter(typeof(WireEnum<ParentEndPolicy>))]
public enum ParentEndPolicy
{
    /// <summary>It is stopped too, and so on down the tree. The default.</summary>
    Stop,

    /// <summary>It goes on. A stop of the whole tree still reaches it.</summary>
    Detach,
}
