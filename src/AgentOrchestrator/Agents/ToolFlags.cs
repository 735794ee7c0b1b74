using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>What a tool may say about itself in <see cref="AITool.AdditionalProperties"/>.</summary>
public static class ToolFlags
{
    /// <summary>True for a tool that can be called again with the same arguments without harm: a run that goes on after a crash then does so.</summary>
    public const string Idempotent = "idempotent";

    /// <summary>True for a tool that reads and changes nothing: an answer that calls it may come from a <see cref="Models.ResponseCache"/>.</summary>
    public const string Harmless = "harmless";

    internal static bool IsHarmless(AITool tool) => tool.AdditionalProperties.TryGetValue(Harmless, out var flag) && flag is true;

    internal static bool IsIdempotent(AITool tool) => tool.AdditionalProperties.TryGetValue(Idempotent, out var flag) && flag is true;
}
