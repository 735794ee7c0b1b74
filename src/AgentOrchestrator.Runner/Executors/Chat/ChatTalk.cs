using System.Text.Json;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner.Processes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>One run: the model is called until it has answered without calling a tool.</summary>
sealed class ChatTalk(
    IChatClient model, RunServer server, RunContext run, ChatJournal journal, ChatOutput output, ChatLimits limits, ChatTally tally)
{
    /// <summary>There is no process to signal; the word of the gentlest one stands for a cancelled call.</summary>
    public const string Signal = nameof(ProcessSignal.SIGINT);

    readonly ChatTools _tools = new(server, run.Run);

    public async Task<RunOutcome> RunAsync(CancellationToken stop)
    {
        run.Output.ReadAt(0);
        var history = await ChatHistory.ReadAsync(server, run.Run, limits, stop).ConfigureAwait(false);
        if (history.LeftOutUpTo > 0) { await output.ShortenedAsync(history.LeftOutUpTo).ConfigureAwait(false); }

        List<ChatMessage> messages = [.. history.Messages, new ChatMessage(ChatRole.User, run.Run.Prompt)];
        var maxTurns = run.Agent?.MaxTurns ?? limits.MaxTurns;
        var text = "";
        for (var turn = 0; turn < maxTurns; turn++)
        {
            // What follows a turn comes from places of its own, so that no event of it is told again by a restarted runner.
            run.Output.ReadAt(StepOf(turn));
            var answer = await AnswerAsync(messages, stop).ConfigureAwait(false);
            if (answer.Problem is null) { run.Output.ReadAt(StepOf(turn) + 1); }
            await output.SaidAsync(answer.Text, isPartial: answer.Problem is not null).ConfigureAwait(false);
            if (answer.Problem is { } problem) { return problem with { Usage = tally.Usage }; }

            text = answer.Text.Length > 0 ? answer.Text : text;
            if (answer.Calls.Count == 0)
            {
                var usage = tally.Usage;
                run.Output.ReadAt(IRunOutput.AtEnd);
                await output.EndedAsync(text, usage).ConfigureAwait(false);
                return new RunOutcome.Completed(text) { Usage = usage };
            }

            messages.AddRange(answer.Messages);
            run.Output.ReadAt(StepOf(turn) + 2);
            messages.Add(await CallAsync(turn, answer.Calls, stop).ConfigureAwait(false));
        }

        return new RunOutcome.Failed($"The model was called {maxTurns} times without coming to an end; raise the agent's max_turns.", "limit")
        {
            Usage = tally.Usage,
        };
    }

    static long StepOf(int turn) => 1 + (3L * turn);

    /// <summary>One call of the model, shown as it is written; or what it has answered before.</summary>
    async Task<Answer> AnswerAsync(List<ChatMessage> messages, CancellationToken stop)
    {
        if (journal.NextAnswer() is { } known)
        {
            tally.Add(known, run.Agent?.Model);
            return new Answer(known.Messages, Problem: null);
        }

        using var call = new ModelCall(model.GetService<ChatClientMetadata>()?.ProviderName, run.Agent?.Model);
        var updates = new List<ChatResponseUpdate>();
        try
        {
            await foreach (var update in model.GetStreamingResponseAsync(messages, Options(), stop).ConfigureAwait(false))
            {
                updates.Add(update);
                Show(update);
            }

            var response = updates.ToChatResponse();
            tally.Add(response, run.Agent?.Model);
            call.Answered(response);
            journal.Keep(response);
            return new Answer(response.Messages, Problem: null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new Answer(updates.ToChatResponse().Messages, new RunOutcome.Stopped(Signal));
        }
        catch (ModelException failure)
        {
            call.Failed();
            return new Answer(updates.ToChatResponse().Messages, new RunOutcome.Failed(failure.Message, "model"));
        }
    }

    /// <summary>A call without a known result is made again: each tool names its calls to the server, which does no call twice.</summary>
    async Task<ChatMessage> CallAsync(int turn, IReadOnlyList<FunctionCallContent> calls, CancellationToken stop)
    {
        var results = new List<AIContent>();
        foreach (var (index, call) in calls.Index())
        {
            var name = $"{turn}/{index}";
            var use = new ToolUse(call.CallId, call.Name, InputOf(call));
            await output.CallsAsync(use).ConfigureAwait(false);
            var answer = journal.ResultOf(name) ?? await _tools.CallAsync(use, stop).ConfigureAwait(false);
            journal.Keep(name, answer);
            await output.CalledAsync(use, answer).ConfigureAwait(false);
            results.Add(new FunctionResultContent(call.CallId, answer.Text));
        }

        return new ChatMessage(ChatRole.Tool, results);
    }

    void Show(ChatResponseUpdate update)
    {
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text: run.Output.Write(new TextDelta("text", text.Text)); break;
                case TextReasoningContent { Text.Length: > 0 } thought: run.Output.Write(new TextDelta("thinking", thought.Text)); break;
            }
        }
    }

    ChatOptions Options() => new()
    {
        Instructions = run.Agent?.SystemPrompt,
        Tools = model.GetService<ChatClientMetadata>()?.ProviderName == ModelProviders.Scripted ? ChatTools.All : null,
    };

    static JsonElement InputOf(FunctionCallContent call) => JsonSerializer.SerializeToElement(
        call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));

    /// <param name="Problem">Why it is not whole: stopped or failed.</param>
    sealed record Answer(IList<ChatMessage> Messages, RunOutcome? Problem)
    {
        public string Text { get; } = string.Concat(Messages.Select(message => message.Text));

        public IReadOnlyList<FunctionCallContent> Calls { get; } =
            [.. Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];
    }
}
