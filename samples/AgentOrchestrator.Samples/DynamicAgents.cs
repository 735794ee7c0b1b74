using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>A specialist is made when it is needed first.</summary>
public static class DynamicAgents
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();

        var physicsAgentId = GetSpecializedAgent("physics");
        var response = await orchestrator.RunAsync(
            agentId: physicsAgentId,
            message: "Explain quantum field theory in simple terms");
        await output.WriteLineAsync($"{response.AgentId}: {response}");
        await output.WriteLineAsync($"The same one: {GetSpecializedAgent("physics") == physicsAgentId}, of {orchestrator.ListAgents().Count}");

        string GetSpecializedAgent(string domain)
        {
            var agentId = $"{domain}_specialist";
            if (!orchestrator.HasAgent(agentId))
            {
                orchestrator.CreateAgent(
                    agentId,
                    model,
                    bufferMemory: new BufferMemory(),
                    systemMessage: $"You are an expert in {domain}. Provide detailed, accurate information about {domain} topics.");
            }

            return agentId;
        }
    }
}
