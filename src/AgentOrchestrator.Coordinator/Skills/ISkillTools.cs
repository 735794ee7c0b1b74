using System.Text.Json;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>What the steps of a skill may call: the tools of one agent.</summary>
public interface ISkillTools
{
    /// <summary>Calls a tool once. Whatever goes wrong is told in the answer.</summary>
    /// <param name="server">Null for the server that the agent is assigned.</param>
    /// <param name="arguments">An object.</param>
    Task<SkillToolAnswer> CallAsync(string? server, string tool, JsonElement arguments, CancellationToken cancel);
}

/// <summary>What a tool brought.</summary>
/// <param name="Error">In words; null when it went well.</param>
public sealed record SkillToolAnswer(JsonElement? Result, string? Error);
