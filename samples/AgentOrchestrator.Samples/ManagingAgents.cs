using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>What an orchestrator knows of its agents.</summary>
public static class ManagingAgents
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        orchestrator.CreateAgent("coding_agent", model);
        orchestrator.CreateAgent("research_agent", model);

        var agents = orchestrator.ListAgents();
        await output.WriteLineAsync($"Available agents: {string.Join(", ", agents)}");

        if (orchestrator.HasAgent("research_agent")) { await output.WriteLineAsync("Research agent exists"); }

        var agent = orchestrator.GetAgent("research_agent");
        await output.WriteLineAsync($"It has {agent.Tools.Count} tools");

        orchestrator.DeleteAgent("coding_agent");

        orchestrator.SetDefaultAgent("research_agent");
        await output.WriteLineAsync($"Default: {orchestrator.DefaultAgent}");
    }
}
