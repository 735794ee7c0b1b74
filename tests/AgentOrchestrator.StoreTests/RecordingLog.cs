using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.StoreTests;

/// <summary>Keeps what was logged, in order.</summary>
sealed class RecordingLog<T> : ILogger<T>
{
    readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyList<string> Lines => [.. _lines];

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
