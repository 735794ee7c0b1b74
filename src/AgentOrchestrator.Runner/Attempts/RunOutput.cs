using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Telemetry;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>What an executor writes to: events and the binding are kept until the server has them, deltas are shown or dropped.</summary>
sealed class RunOutput(
    AttemptJournal journal, Spool spool, Delivery delivery, DeltaStream deltas, Redactor redactor, TimeProvider time) : IRunOutput
{
    /// <summary>What an earlier life of the runner took from the program's output before it died.</summary>
    readonly SpoolMark? _taken = spool.Mark;
    readonly ToolSpans _tools = new();
    SpoolMark? _next;

    /// <summary>Whether nothing of the line that is being read can be new.</summary>
    bool IsShown => _next?.Position <= _taken?.Position;

    public void ReadAt(long position) => _next = new SpoolMark(position, 0);

    public ValueTask EmitAsync(string eventType, EventFields fields, CancellationToken cancel)
    {
        if (eventType is EventTypes.Message)
        {
            // The message has all of the text; a piece of it shown later would look like more.
            deltas.Forget();
        }

        _tools.Note(eventType, fields);
        var mark = _next;
        _next = mark is { } here ? here with { Index = here.Index + 1 } : null;
        return mark <= _taken ? ValueTask.CompletedTask : spool.AppendAsync(Text(eventType, fields), mark, cancel);
    }

    public void Write(TextDelta delta)
    {
        if (!IsShown)
        {
            deltas.Write(delta);
        }
    }

    public ValueTask BindAsync(string executorSessionId, CancellationToken cancel)
    {
        if (!spool.IsClosed)
        {
            journal.WriteBinding(executorSessionId);
            delivery.Bind(executorSessionId);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>An event of the runner itself, which does not wait for room.</summary>
    public void Note(string eventType, EventFields fields) => spool.Append(Text(eventType, fields));

    /// <summary>The last event, once.</summary>
    public void NoteEnd(EventFields fields)
    {
        if (_taken != SpoolMark.End)
        {
            spool.Append(Text(EventTypes.SessionStop, fields), SpoolMark.End);
        }
    }

    byte[] Text(string eventType, EventFields fields) => EventText.Write(eventType, fields, time.GetUtcNow(), redactor);
}
