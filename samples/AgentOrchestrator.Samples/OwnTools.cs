using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Any C# method is a tool.</summary>
public static class OwnTools
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        var clock = AIFunctionFactory.Create(() => TimeProvider.System.GetUtcNow(), "clock", "Tells the time.");
        orchestrator.CreateAgent("assistant", model, tools: [new CalculatorTool(), clock]);

        var answer = await orchestrator.RunAsync("How much is 17 * 23?");
        await output.WriteLineAsync($"{answer} It used: {string.Join(", ", answer.ToolsUsed)}");
    }
}
