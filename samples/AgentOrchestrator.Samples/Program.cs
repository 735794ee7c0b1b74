using AgentOrchestrator.Models;
using AgentOrchestrator.Samples;

// With a model of the environment when one is named, such as 'openai'; else with a script, which needs no key.
using var model = args is [var provider] ? ChatModels.Create(provider) : SampleModel.Create();
foreach (var (name, runAsync) in Sample.All)
{
    await Console.Out.WriteLineAsync($"\n== {name}");
    await runAsync(model, Console.Out);
}
