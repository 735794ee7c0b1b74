using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>A team with a coordinator who makes one answer of all.</summary>
public static class Teams
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        foreach (var id in new[] { "data_collector", "analyst", "writer", "research_director" }) { orchestrator.CreateAgent(id, model); }

        var researchTeam = new AgentTeam(
            orchestrator,
            teamName: "Research Team",
            agentIds: ["data_collector", "analyst", "writer"]);

        var result = await researchTeam.RunTeamTaskAsync(
            task: "Research the impact of artificial intelligence on healthcare",
            coordinatorId: "research_director");
        await output.WriteLineAsync($"{result}");

        // Side by side, and without a coordinator: the answers of all.
        var answers = await researchTeam.RunTeamTaskAsync("Say hello", mode: TeamMode.Parallel);
        foreach (var member in answers.Members) { await output.WriteLineAsync($"{member.AgentId}: {member}"); }
    }
}
