using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

/// <summary>Keeps what an executor puts out.</summary>
sealed class RecordedOutput : IRunOutput
{
    readonly Lock _lock = new();
    readonly List<(string Type, EventFields Fields)> _events = [];
    readonly List<TextDelta> _deltas = [];

    public string? ExecutorSessionId { get; private set; }

    public IReadOnlyList<(string Type, EventFields Fields)> Events
    {
        get { lock (_lock) { return [.. _events]; } }
    }

    public string Live
    {
        get { lock (_lock) { return string.Concat(_deltas.Select(delta => delta.Text)); } }
    }

    public EventFields Single(string type) => Events.Single(entry => entry.Type == type).Fields;

    public ValueTask EmitAsync(string eventType, EventFields fields, CancellationToken cancel)
    {
        lock (_lock) { _events.Add((eventType, fields)); }
        return ValueTask.CompletedTask;
    }

    public void Write(TextDelta delta)
    {
        lock (_lock) { _deltas.Add(delta); }
    }

    public ValueTask BindAsync(string executorSessionId, CancellationToken cancel)
    {
        ExecutorSessionId = executorSessionId;
        return ValueTask.CompletedTask;
    }
}
