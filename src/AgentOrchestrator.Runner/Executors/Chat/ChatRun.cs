using System.Globalization;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Runner.Processes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>One run of the loop: what it tells goes to the session's log, each thing once however often the run is begun again.</summary>
sealed class ChatRun(AgentLoop loop, LoopOptions options, RunServer server, RunContext run, ChatOutput output)
{
    /// <summary>There is no process to signal; the word of the gentlest one stands for a cancelled call.</summary>
    public const string Signal = nameof(ProcessSignal.SIGINT);

    readonly ChatMemory _memory = new(server, run, output);
    long _position;
    int _turn;
    ToolCall? _open;

    /// <summary>What the events of a turn come from, in order. Each has a place of its own, so that a restarted runner tells none of them again.</summary>
    enum Place
    {
        Before,
        Part,
        Whole,
        Tools,
    }

    /// <param name="faults">Tool servers whose tools are missing.</param>
    public async Task<RunOutcome> RunAsync(ChatLimits limits, IReadOnlyList<ActionServerFault> faults, CancellationToken stop)
    {
        run.Output.ReadAt(0);
        var history = await ChatHistory.ReadAsync(server, run.Run, limits, stop).ConfigureAwait(false);
        if (history.LeftOutUpTo > 0) { await output.ShortenedAsync(history.LeftOutUpTo).ConfigureAwait(false); }
        if (options is { Limits.MaxCost: not null, Price: null }) { await output.CostsUnknownAsync(run.Agent?.Model).ConfigureAwait(false); }
        foreach (var fault in faults) { await output.MissesAsync(fault).ConfigureAwait(false); }

        ChatMessage[] recalled = await _memory.RecallAsync(stop).ConfigureAwait(false) is { } memory ? [memory] : [];
        var messages = (IReadOnlyList<ChatMessage>)[.. recalled, .. history.Messages, new ChatMessage(ChatRole.User, run.Run.Prompt)];
        await foreach (var update in loop.RunAsync(messages, stop).ConfigureAwait(false))
        {
            if (update is AgentUpdate.Ended { End: { } end }) { return await EndAsync(end, stop).ConfigureAwait(false); }
            await TellAsync(update).ConfigureAwait(false);
        }

        throw new InvalidOperationException("A run has an end.");
    }

    async ValueTask TellAsync(AgentUpdate update)
    {
        switch (update)
        {
            case AgentUpdate.Text text: Show("text", text.Delta); break;
            case AgentUpdate.Thinking thought: Show("thinking", thought.Delta); break;
            case AgentUpdate.Said said: await SaidAsync(said).ConfigureAwait(false); break;
            case AgentUpdate.Calling { Call: var call }:
                _open = call;
                GoTo(call.Turn, Place.Tools);
                await output.CallsAsync(call).ConfigureAwait(false);
                break;
            case AgentUpdate.Called { Call: var call, Answer: var answer }:
                _open = null;
                await output.CalledAsync(call, answer).ConfigureAwait(false);
                break;
            case AgentUpdate.Waiting wait:
                GoTo(_turn, Place.Before);
                await output.WaitsAsync(wait, options.Retry.MaxRetries).ConfigureAwait(false);
                break;
            case AgentUpdate.Shortened { Change.Dropped: var dropped }:
                GoTo(_turn, Place.Before);
                await output.DroppedAsync(dropped).ConfigureAwait(false);
                break;
        }
    }

    void Show(string kind, string delta)
    {
        GoTo(_turn, Place.Part);
        run.Output.Write(new TextDelta(kind, delta));
    }

    ValueTask SaidAsync(AgentUpdate.Said said)
    {
        GoTo(said.Turn, said.IsWhole ? Place.Whole : Place.Part);
        _turn = said.Turn + 1;
        return output.SaidAsync(said.Words, isPartial: !said.IsWhole);
    }

    async Task<RunOutcome> EndAsync(AgentEnd end, CancellationToken stop)
    {
        var usage = UsageOf(end.Usage);
        if (_open is { } cutOff) { await output.CalledAsync(cutOff, ToolAnswer.Wrong(ResultOf(cutOff, end))).ConfigureAwait(false); }
        if (end.Reason is EndReason.Answered)
        {
            run.Output.ReadAt(IRunOutput.AtEnd);
            await output.EndedAsync(end.Text, usage).ConfigureAwait(false);
            // Behind the result, which has its place in the log whether this is told or not.
            await _memory.RememberAsync(end.Text, stop).ConfigureAwait(false);
        }

        return OutcomeOf(end) with { Usage = usage };
    }

    RunOutcome OutcomeOf(AgentEnd end) => end.Reason switch
    {
        EndReason.Answered => new RunOutcome.Completed(end.Text),
        EndReason.Stopped => new RunOutcome.Stopped(Signal),
        EndReason.Limit => new RunOutcome.Failed(WordsOf(end), "limit"),
        _ => new RunOutcome.Failed(end.Error!, "model"),
    };

    string WordsOf(AgentEnd end) => end.Bound switch
    {
        LoopBound.Tokens => $"The run used more than {options.Limits.MaxTokens} tokens; raise the agent's max_tokens.",
        LoopBound.Cost => string.Create(CultureInfo.InvariantCulture, $"The run cost ${end.Usage.Cost} of ${options.Limits.MaxCost}; raise the agent's max_budget_usd."),
        _ => $"The model was called {options.Limits.MaxTurns} times without coming to an end; raise the agent's max_turns.",
    };

    /// <summary>What the conversation says of a call that was cut off.</summary>
    static string ResultOf(ToolCall call, AgentEnd end) => end.Messages.SelectMany(message => message.Contents)
        .OfType<FunctionResultContent>().Last(result => result.CallId == call.Id).Result?.ToString() ?? "";

    RunUsage UsageOf(AgentUsage usage) => new()
    {
        InputTokens = usage.InputTokens,
        CachedInputTokens = usage.CachedInputTokens,
        OutputTokens = usage.OutputTokens,
        Turns = usage.Turns,
        Model = usage.Model ?? (usage.Turns > 0 ? run.Agent?.Model : null),
        CostUsd = usage.Cost,
        DurationMs = (long)usage.Duration.TotalMilliseconds,
    };

    void GoTo(int turn, Place place)
    {
        var position = 1 + (4L * turn) + (int)place;
        if (position == _position) { return; }

        _position = position;
        run.Output.ReadAt(position);
    }
}
