using System.Diagnostics;
using AgentOrchestrator.Runner.Telemetry;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>One call of a model as a span and a measurement. What was said is not part of either.</summary>
sealed class ModelCall : IDisposable
{
    readonly long _since = Stopwatch.GetTimestamp();
    readonly string? _model;
    readonly Activity? _span;

    public ModelCall(string? provider, string? model)
    {
        _model = model;
        _span = RunnerTelemetry.Source.StartActivity(model is null ? "chat" : $"chat {model}", ActivityKind.Client);
        _span?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.provider.name", provider).SetTag("gen_ai.request.model", model);
    }

    public void Answered(ChatResponse response) => _span?
        .SetTag("gen_ai.response.model", response.ModelId)
        .SetTag("gen_ai.usage.input_tokens", response.Usage?.InputTokenCount)
        .SetTag("gen_ai.usage.output_tokens", response.Usage?.OutputTokenCount);

    public void Failed() => _span?.SetStatus(ActivityStatusCode.Error);

    public void Dispose()
    {
        RunnerTelemetry.NoteCall(_model, Stopwatch.GetElapsedTime(_since));
        _span?.Dispose();
    }
}
