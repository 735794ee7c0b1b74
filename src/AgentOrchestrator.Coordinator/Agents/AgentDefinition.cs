using System.Security.Cryptography;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>An agent's definition as a revision keeps it: equal definitions are equal bytes, wherever and whenever they were written.</summary>
/// <param name="Digest">SHA-256 of <paramref name="Json"/>, lower-case hex.</param>
public sealed record AgentDefinition(string Json, string Digest)
{
    public static AgentDefinition Of(AgentView agent)
    {
        var bare = agent with { CreatedAt = default, ModifiedAt = default, Revision = 0, State = AgentStates.Of(agent.Status), Error = null, Quarantine = null };
        var json = JsonSerializer.SerializeToUtf8Bytes(bare, CompactJson.Default.AgentView);
        return new AgentDefinition(System.Text.Encoding.UTF8.GetString(json), Convert.ToHexStringLower(SHA256.HashData(json)));
    }

    /// <summary>Whether a stored definition is of an agent that may be started.</summary>
    public static bool IsActive(string definition)
    {
        using var json = JsonDocument.Parse(definition);
        return !json.RootElement.TryGetProperty("status", out var status) || !status.ValueEquals(AgentStatuses.Inactive);
    }

    /// <summary>The agent of a stored revision.</summary>
    public static AgentView Read(AgentRevision revision) =>
        JsonSerializer.Deserialize(revision.Definition, CompactJson.Default.AgentView)! with
        {
            Revision = revision.Revision,
            ModifiedAt = revision.CreatedAt,
        };
}
