using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Messages to an agent by name, to the default one, and an answer as it is written.</summary>
public static class TalkingToAgents
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        orchestrator.CreateAgent("research_agent", model);

        var response = await orchestrator.RunAsync(
            agentId: "research_agent",
            message: "What are the latest developments in quantum computing?");
        await output.WriteLineAsync($"{response}");

        response = await orchestrator.RunAsync("Explain the concept of quantum entanglement");
        await output.WriteLineAsync($"{response}");

        await foreach (var update in orchestrator.RunStreamAsync("Explain it again"))
        {
            if (update is AgentUpdate.Text text) { await output.WriteAsync(text.Delta); }
        }

        await output.WriteLineAsync();
    }
}
