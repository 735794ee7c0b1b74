using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Agents that are there again after a restart, with what was said.</summary>
public static class Persistence
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var stateFile = Path.Combine(Directory.CreateTempSubdirectory().FullName, "orchestrator_state.json");
        // Without options, models are made again as ChatModels.Create does: by the provider's name, with the keys of the environment.
        var options = new PersistenceOptions { Model = _ => model };

        var persistentOrchestrator = new PersistentOrchestrator(stateFile, options);
        persistentOrchestrator.CreateAgent("assistant", model, bufferMemory: new BufferMemory(), systemMessage: "You are a helpful assistant.");
        await persistentOrchestrator.RunAsync("Remember the number 7");

        var restarted = new PersistentOrchestrator(stateFile, options);
        await output.WriteLineAsync($"Back again: {string.Join(", ", restarted.ListAgents())}, default {restarted.DefaultAgent}");
        await output.WriteLineAsync(restarted.GetAgent().BufferMemory!.GetFormattedMessages());

        Directory.Delete(Path.GetDirectoryName(stateFile)!, recursive: true);
    }
}
