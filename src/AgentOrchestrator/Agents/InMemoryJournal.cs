using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Remembers the calls of a run in this process: a run that is begun again with the same journal goes on where it was.</summary>
public sealed class InMemoryJournal : IRunJournal
{
    readonly ConcurrentDictionary<int, ChatResponse> _answers = new();
    readonly ConcurrentDictionary<string, ToolRecord> _calls = new();

    /// <inheritdoc/>
    public ValueTask<ChatResponse?> BeginModelCallAsync(int turn, CancellationToken cancellationToken) => new(_answers.GetValueOrDefault(turn));

    /// <inheritdoc/>
    public ValueTask EndModelCallAsync(int turn, ChatResponse answer, CancellationToken cancellationToken)
    {
        _answers[turn] = answer;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ToolRecord?> FindToolCallAsync(ToolCall call, CancellationToken cancellationToken) => new(_calls.GetValueOrDefault(call.Key));

    /// <inheritdoc/>
    public ValueTask BeginToolCallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        _calls[call.Key] = new ToolRecord(null);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask EndToolCallAsync(ToolCall call, ToolAnswer answer, CancellationToken cancellationToken)
    {
        _calls[call.Key] = new ToolRecord(answer);
        return ValueTask.CompletedTask;
    }
}
