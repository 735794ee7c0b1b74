using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Questions that come again are answered without the model.</summary>
public static class CachedAnswers
{
    public static async Task RunAsync(IChatClient model, TextWriter output)
    {
        var cache = new ResponseCache { MaxAge = TimeSpan.FromMinutes(10) };
        var orchestrator = new Orchestrator();
        orchestrator.CreateAgent("helper", cache.Wrap(model));

        await output.WriteLineAsync($"{await orchestrator.RunAsync("What is a tide?")}");
        await output.WriteLineAsync($"{await orchestrator.RunAsync("What is a tide?")}");
        await output.WriteLineAsync($"Kept: {cache.Count}");
    }
}
