using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Runner.Telemetry;

/// <summary>Spans and instruments of the runner, in the words of the semantic conventions for generative AI.</summary>
static class RunnerTelemetry
{
    public const string Name = "AgentOrchestrator.Runner";

    static readonly Meter s_meter = new(Name);
    static readonly Histogram<long> s_tokens = s_meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of whole runs, by model and kind.", null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 16, 256, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216] });
    static readonly Histogram<double> s_calls = s_meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "Calls of models by the executor chat.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.25, 1, 2.5, 5, 10, 20, 40, 80, 160] });

    public static ActivitySource Source { get; } = new(Name);

    /// <summary>The span that the present call belongs to, as a <c>traceparent</c>; null when nobody records spans.</summary>
    public static string? CurrentId => Activity.Current is { Source.Name: Name } span ? span.Id : null;

    public static Activity? Begin(string name, string? parent) => Source.StartActivity(
        name, ActivityKind.Consumer, ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default);

    public static void NoteUsage(RunUsage? usage)
    {
        if (usage is not null)
        {
            NoteTokens(usage.InputTokens, "input", usage.Model);
            NoteTokens(usage.CachedInputTokens, "cached_input", usage.Model);
            NoteTokens(usage.OutputTokens, "output", usage.Model);
        }
    }

    public static void NoteCall(string? model, TimeSpan duration) =>
        s_calls.Record(duration.TotalSeconds, new("gen_ai.operation.name", "chat"), new("gen_ai.request.model", model ?? "default"));

    static void NoteTokens(long? tokens, string kind, string? model)
    {
        if (tokens is { } count)
        {
            s_tokens.Record(count, new("gen_ai.token.type", kind), new("gen_ai.response.model", model ?? "unknown"));
        }
    }
}
