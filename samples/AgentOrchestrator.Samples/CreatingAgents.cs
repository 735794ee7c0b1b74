using AgentOrchestrator.Memory;
using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>An orchestrator and its first two agents.</summary>
public static class CreatingAgents
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();

        // In a program: model = ChatModels.Create("openai", "gpt-4o").
        orchestrator.CreateAgent(
            agentId: "research_agent",
            model: model,
            bufferMemory: new BufferMemory(),
            tools: [new CalculatorTool()],
            systemMessage: "You are a research assistant specialized in finding and summarizing information.",
            setAsDefault: true);

        orchestrator.CreateAgent(
            agentId: "coding_agent",
            model: model,
            bufferMemory: new BufferMemory(),
            tools: [],
            systemMessage: "You are a coding assistant specialized in Python programming.");

        await output.WriteLineAsync($"Default: {orchestrator.DefaultAgent}");
    }
}
