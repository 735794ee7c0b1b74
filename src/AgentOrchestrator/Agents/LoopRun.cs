using System.Runtime.CompilerServices;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>One run of a loop.</summary>
sealed class LoopRun
{
    readonly IChatClient _model;
    readonly LoopOptions _options;
    readonly IRunJournal _journal;
    readonly ToolInvoker _tools;
    readonly UsageTally _tally;
    readonly ChatOptions _chat;
    readonly List<ChatMessage> _conversation;
    readonly List<ChatMessage> _added = [];
    string _text = "";
    AgentEnd? _end;

    public LoopRun(IChatClient model, LoopOptions options, IEnumerable<ChatMessage> messages)
    {
        (_model, _options, _conversation) = (model, options, [.. messages]);
        _journal = options.Journal();
        _tools = new ToolInvoker(options, _journal);
        _tally = new UsageTally(options.Price, options.Time);
        _chat = ChatOf(options);
    }

    public async IAsyncEnumerable<AgentUpdate> RunAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using var time = new CancellationTokenSource(_options.Limits.MaxTime ?? Timeout.InfiniteTimeSpan, _options.Time);
        using var bounds = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        for (var turn = 0; ; turn++)
        {
            _end = bounds.IsCancellationRequested ? CutOff(stop) : ReachedLimit(turn);
            if (_end is not null) { break; }

            await foreach (var update in TurnAsync(turn, bounds.Token).ConfigureAwait(false)) { yield return update; }
            if (_end is not null) { break; }
        }

        yield return new AgentUpdate.Ended(_end);
    }

    /// <summary>One answer of the model and the tool calls that it asks for.</summary>
    async IAsyncEnumerable<AgentUpdate> TurnAsync(int turn, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (isCancelled, answer) = await UnlessCancelledAsync(_journal.BeginModelCallAsync(turn, cancel), cancel).ConfigureAwait(false);
        if (isCancelled) { yield break; }

        if (answer is null)
        {
            var (_, change) = await UnlessCancelledAsync(ShortenAsync(cancel), cancel).ConfigureAwait(false);
            if (change is not null) { yield return new AgentUpdate.Shortened(change); }

            var call = new ModelCall(_model, _options.Retry, _options.Time);
            await foreach (var update in call.StreamAsync(_conversation, _chat, cancel).ConfigureAwait(false)) { yield return update; }
            answer = call.Answer;
            if (call.Failure is not null || call.IsCancelled)
            {
                if (KeepPart(answer)) { yield return new AgentUpdate.Said(turn, answer, IsWhole: false); }
                if (call.Failure is { } failure) { _end = End(EndReason.Failed, failure.Message, failure); }
                yield break;
            }

            // What the model has said is kept, also when the run has been cancelled meanwhile.
            await _journal.EndModelCallAsync(turn, answer, CancellationToken.None).ConfigureAwait(false);
        }

        Keep(answer);
        yield return new AgentUpdate.Said(turn, answer, IsWhole: true);
        var calls = CallsOf(turn, answer);
        if (calls.Count == 0)
        {
            _end = End(EndReason.Answered);
            yield break;
        }

        await foreach (var update in CallAsync(calls, cancel).ConfigureAwait(false)) { yield return update; }
    }

    async IAsyncEnumerable<AgentUpdate> CallAsync(List<ToolCall> calls, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var answers = new ToolAnswer?[calls.Count];
        var running = new List<Task<(ToolCall Call, ToolAnswer? Answer)>>();
        try
        {
            for (var next = 0; (next < calls.Count && !cancel.IsCancellationRequested) || running.Count > 0;)
            {
                if (next < calls.Count && running.Count < Math.Max(1, _options.Limits.ParallelTools) && !cancel.IsCancellationRequested)
                {
                    yield return new AgentUpdate.Calling(calls[next]);
                    running.Add(CallAsync(calls[next], left.Token));
                    next++;
                    continue;
                }

                var ended = running.Count == 1 ? running[0] : await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(ended);
                var (call, answer) = await ended.ConfigureAwait(false);
                answers[call.Index] = answer;
                if (answer is not null) { yield return new AgentUpdate.Called(call, answer); }
            }
        }
        finally
        {
            // Whoever stops listening, or a journal that throws, ends the other calls.
            await left.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Keep(calls, answers);
        }
    }

    async Task<(ToolCall Call, ToolAnswer? Answer)> CallAsync(ToolCall call, CancellationToken cancel) =>
        (call, await _tools.CallAsync(call, cancel).ConfigureAwait(false));

    async ValueTask<ContextChange?> ShortenAsync(CancellationToken cancel)
    {
        if (_options.Context is not { } policy || await policy.FitAsync(_conversation, cancel).ConfigureAwait(false) is not { } change) { return null; }

        // The policy may have made its list from this one.
        IReadOnlyList<ChatMessage> messages = [.. change.Messages];
        _conversation.Clear();
        _conversation.AddRange(messages);
        return change;
    }

    AgentEnd? ReachedLimit(int turn)
    {
        var limits = _options.Limits;
        return turn >= limits.MaxTurns
            ? Reached(LoopBound.Turns, $"The model was called {limits.MaxTurns} times without coming to an end; raise MaxTurns.")
            : _tally.Tokens >= limits.MaxTokens
            ? Reached(LoopBound.Tokens, $"The run used {_tally.Tokens} tokens of {limits.MaxTokens}; raise MaxTokens.")
            : _tally.Cost >= limits.MaxCost
            ? Reached(LoopBound.Cost, $"The run cost {_tally.Cost} of {limits.MaxCost}; raise MaxCost.")
            : null;
    }

    /// <summary>Cancelled by the caller, or by the bound on the time.</summary>
    AgentEnd CutOff(CancellationToken stop) => stop.IsCancellationRequested
        ? End(EndReason.Stopped, "The run was stopped.")
        : Reached(LoopBound.Time, $"The run took longer than {_options.Limits.MaxTime?.TotalSeconds:0.###} s; raise MaxTime.");

    AgentEnd Reached(LoopBound bound, string error) => End(EndReason.Limit, error) with { Bound = bound };

    AgentEnd End(EndReason reason, string? error = null, ModelException? failure = null) => new()
    {
        Reason = reason,
        Text = _text,
        Error = error,
        Failure = failure,
        Messages = _added,
        Usage = _tally.Usage,
    };

    void Keep(ChatResponse answer)
    {
        _tally.Add(answer);
        Add(answer.Messages);
        if (answer.Text is { Length: > 0 } text) { _text = text; }
    }

    /// <summary>Of an answer that is not whole, the words: a call in it may lack arguments.</summary>
    bool KeepPart(ChatResponse answer)
    {
        if (answer.Text.Length == 0) { return false; }

        Add([new ChatMessage(ChatRole.Assistant, answer.Text)]);
        _text = answer.Text;
        return true;
    }

    /// <summary>Every call has a result, or no model would take the conversation.</summary>
    void Keep(List<ToolCall> calls, ToolAnswer?[] answers) => Add(
    [
        new ChatMessage(ChatRole.Tool, [.. calls.Select(AIContent (call) => new FunctionResultContent(
            call.Id, answers[call.Index]?.Text ?? ToolInvoker.Interrupted))]),
    ]);

    void Add(IList<ChatMessage> messages)
    {
        _conversation.AddRange(messages);
        _added.AddRange(messages);
    }

    static async ValueTask<(bool IsCancelled, T? Value)> UnlessCancelledAsync<T>(ValueTask<T?> work, CancellationToken cancel)
    {
        try
        {
            return (false, await work.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (true, default);
        }
    }

    static List<ToolCall> CallsOf(int turn, ChatResponse answer) =>
        [.. answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select((call, index) => ToolCall.Of(turn, index, call))];

    static ChatOptions ChatOf(LoopOptions options)
    {
        var chat = options.Chat?.Clone() ?? new ChatOptions();
        chat.Instructions = options.Instructions;
        chat.Tools = options.Tools.Count > 0 ? [.. options.Tools] : null;
        return chat;
    }
}
