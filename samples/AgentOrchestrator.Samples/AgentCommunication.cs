using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>A protocol between agents is a method.</summary>
public static class AgentCommunication
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        foreach (var id in new[] { "brainstorm_agent", "critic_agent", "synthesis_agent" }) { orchestrator.CreateAgent(id, model); }

        var plan = await CollaborateAsync();
        await output.WriteLineAsync($"{plan}");

        async Task<AgentAnswer> CollaborateAsync()
        {
            var ideas = await orchestrator.RunAsync(
                agentId: "brainstorm_agent",
                message: "Generate 5 innovative solutions for reducing urban traffic congestion");

            var evaluation = await orchestrator.RunAsync(
                agentId: "critic_agent",
                message: $"Critically evaluate these solutions, ranking them from most to least promising: {ideas}");

            return await orchestrator.RunAsync(
                agentId: "synthesis_agent",
                message: $"Based on these evaluations, create a detailed implementation plan for the top 2 solutions: {evaluation}");
        }
    }
}
