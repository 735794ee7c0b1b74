using AgentOrchestrator.Patterns;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Agents that work one after another, by hand and as a pattern.</summary>
public static class SequentialCollaboration
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        foreach (var id in new[] { "research_agent", "analysis_agent", "summary_agent" }) { orchestrator.CreateAgent(id, model); }

        var researchResponse = await orchestrator.RunAsync(
            agentId: "research_agent",
            message: "Find information about climate change mitigation strategies");

        var analysisResponse = await orchestrator.RunAsync(
            agentId: "analysis_agent",
            message: $"Analyze this information and identify the most promising strategies: {researchResponse}");

        var summaryResponse = await orchestrator.RunAsync(
            agentId: "summary_agent",
            message: $"Create a concise summary of these strategies: {analysisResponse}");

        await output.WriteLineAsync($"{summaryResponse}");

        // Where each agent knows what to do with what it is given, a pattern says the same in one line.
        var pipeline = new Sequential("pipeline", orchestrator.GetAgent("research_agent"), orchestrator.GetAgent("summary_agent"));
        await output.WriteLineAsync($"{await pipeline.RunAsync("Find information about wind")}");
    }
}
