using System.Diagnostics;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Telemetry;

/// <summary>A span for each tool call of a run, whichever executor makes it: from its <c>pre_tool</c> event to its <c>post_tool</c>.</summary>
/// <remarks>Names and ids only: arguments and results are in the log, and may hold what must not leave it.</remarks>
sealed class ToolSpans
{
    const int MaxOpen = 1_000;

    readonly Dictionary<string, Activity> _open = new(StringComparer.Ordinal);
    readonly Lock _lock = new();

    public void Note(string eventType, EventFields fields)
    {
        if (eventType is not (EventTypes.PreTool or EventTypes.PostTool) || fields.ToolUseId is not { } id)
        {
            return;
        }

        lock (_lock)
        {
            if (eventType is EventTypes.PreTool)
            {
                Begin(id, fields.ToolName ?? "unknown");
            }
            else if (_open.Remove(id, out var span))
            {
                End(span, fields.Error is not null);
            }
        }
    }

    void Begin(string id, string tool)
    {
        if (_open.Count >= MaxOpen || _open.ContainsKey(id))
        {
            return;
        }

        // What comes after in the caller is not part of the tool's call.
        var current = Activity.Current;
        if (RunnerTelemetry.Source.StartActivity($"execute_tool {tool}") is { } span)
        {
            span.SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.name", tool).SetTag("gen_ai.tool.call.id", id);
            _open[id] = span;
        }

        Activity.Current = current;
    }

    static void End(Activity span, bool hasFailed)
    {
        var current = Activity.Current;
        if (hasFailed)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.Stop();
        Activity.Current = current;
    }
}
