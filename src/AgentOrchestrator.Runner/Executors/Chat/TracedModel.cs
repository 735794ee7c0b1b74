using System.Diagnostics;
using System.Runtime.CompilerServices;
using AgentOrchestrator.Models;
using AgentOrchestrator.Runner.Telemetry;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>A model whose calls are each a span and a measurement. What was said is not part of either.</summary>
/// <param name="model">As the agent names it.</param>
sealed class TracedModel(IChatClient inner, string? model) : DelegatingChatClient(inner)
{
    readonly string? _provider = inner.GetService<ChatClientMetadata>()?.ProviderName;

    public bool IsScripted => _provider == ModelProviders.Scripted;

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var since = Stopwatch.GetTimestamp();
        using var span = RunnerTelemetry.Source.StartActivity(model is null ? "chat" : $"chat {model}", ActivityKind.Client);
        span?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.provider.name", _provider).SetTag("gen_ai.request.model", model);
        var isWhole = false;
        try
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
            {
                Note(span, update);
                yield return update;
            }

            isWhole = true;
        }
        finally
        {
            if (!isWhole && !cancellationToken.IsCancellationRequested) { span?.SetStatus(ActivityStatusCode.Error); }
            RunnerTelemetry.NoteCall(model, Stopwatch.GetElapsedTime(since));
        }
    }

    static void Note(Activity? span, ChatResponseUpdate update)
    {
        if (span is null) { return; }

        if (update.ModelId is { } answering) { span.SetTag("gen_ai.response.model", answering); }
        foreach (var usage in update.Contents.OfType<UsageContent>())
        {
            span.SetTag("gen_ai.usage.input_tokens", usage.Details.InputTokenCount).SetTag("gen_ai.usage.output_tokens", usage.Details.OutputTokenCount);
        }
    }
}
