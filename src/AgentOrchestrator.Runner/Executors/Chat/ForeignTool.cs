using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>A tool beside the run whose results are words of strangers, and marked as such.</summary>
/// <param name="source">Where they come from.</param>
sealed class ForeignTool(AIFunction inner, string source) : DelegatingAIFunction(inner)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        var json = result is string text ? JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"") : result as JsonElement?;
        return JsonSerializer.SerializeToElement(new ForeignResult(ForeignResult.Words, source, json), ChatJson.Plain.ForeignResult);
    }
}
