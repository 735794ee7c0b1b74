using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>
/// What a run remembers of its calls, so that a run which is begun again after a crash repeats no finished call and loses no result. The loop goes
/// through the run from its start and asks here before each call; a journal that outlives the process answers with what it has.
/// </summary>
/// <remarks>Tool calls of one answer ask at the same time. What a method throws ends the run.</remarks>
public interface IRunJournal
{
    /// <summary>Before a model call.</summary>
    /// <param name="turn">The number of the model call in the run, from 0.</param>
    /// <returns>The whole answer that an earlier life of the run got, which is then taken; null to call the model.</returns>
    ValueTask<ChatResponse?> BeginModelCallAsync(int turn, CancellationToken cancellationToken);

    /// <summary>After a model call, before anybody else sees the whole answer.</summary>
    ValueTask EndModelCallAsync(int turn, ChatResponse answer, CancellationToken cancellationToken);

    /// <summary>What is known of a tool call from an earlier life of the run; null when it was not begun.</summary>
    ValueTask<ToolRecord?> FindToolCallAsync(ToolCall call, CancellationToken cancellationToken);

    /// <summary>Before the tool is run: once this returns, the call counts as begun.</summary>
    ValueTask BeginToolCallAsync(ToolCall call, CancellationToken cancellationToken);

    /// <summary>After the tool, before the model or anybody else sees its answer.</summary>
    ValueTask EndToolCallAsync(ToolCall call, ToolAnswer answer, CancellationToken cancellationToken);
}

/// <summary>A tool call that was begun.</summary>
/// <param name="Answer">Null when it is not known how it ended. Such a call is made again only when the tool is <see cref="ToolFlags.Idempotent"/>.</param>
public sealed record ToolRecord(ToolAnswer? Answer);
