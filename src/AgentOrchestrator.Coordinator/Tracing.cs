using System.Diagnostics;

namespace AgentOrchestrator.Coordinator;

/// <summary>Spans of the engine. Without a listener they cost a look at a list.</summary>
public static class Tracing
{
    public const string Name = "AgentOrchestrator.Coordinator";

    static readonly ActivitySource s_source = new(Name);

    /// <param name="parent">A W3C <c>traceparent</c>; null begins a trace.</param>
    public static Activity? Begin(string name, ActivityKind kind, string? parent) =>
        s_source.StartActivity(name, kind, ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default);

    /// <summary>The text when it is a <c>traceparent</c>, else null: what is not ours to understand is not passed on.</summary>
    public static string? Accept(string? traceParent) =>
        traceParent is { Length: 55 } && ActivityContext.TryParse(traceParent, null, out _) ? traceParent : null;
}
