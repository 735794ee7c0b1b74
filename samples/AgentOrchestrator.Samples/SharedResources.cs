using AgentOrchestrator.Memory;
using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Tools and memories that several agents use, and others do not.</summary>
public static class SharedResources
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var orchestrator = new Orchestrator();
        orchestrator.ShareTool(new CalculatorTool(), AgentAccess.Only("accountant"));
        var facts = new InProcessMemory();
        orchestrator.ShareMemory("facts", facts, AgentAccess.Everybody);
        orchestrator.CreateAgent("accountant", model);
        var guest = orchestrator.CreateAgent("guest", model);

        await output.WriteLineAsync($"accountant: {await orchestrator.RunAsync("How much is 17 * 23?", "accountant", useMemory: false)}");
        await output.WriteLineAsync($"guest has {(guest.Tools.Count == 0 ? "no tool" : "a tool")}");

        await facts.StoreAsync("The key is under the mat");
        var found = await orchestrator.SearchMemoryAsync("Where is the key?", "guest", k: 1);
        await output.WriteLineAsync($"guest finds: {found[0].Text}");
    }
}
