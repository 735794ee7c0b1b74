using System.Text.Json;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner.Processes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>One run: the model is called until it has answered without calling a tool.</summary>
sealed class ChatTalk(IChatClient model, RunServer server, RunContext run, ChatOutput output, ChatLimits limits, ChatTally tally)
{
    /// <summary>There is no process to signal; the word of the gentlest one stands for a cancelled call.</summary>
    public const string Signal = nameof(ProcessSignal.SIGINT);

    readonly ChatTools _tools = new(server, run.Run);

    public async Task<RunOutcome> RunAsync(CancellationToken stop)
    {
        var history = await ChatHistory.ReadAsync(server, run.Run, limits, stop).ConfigureAwait(false);
        if (history.LeftOutUpTo > 0) { await output.ShortenedAsync(history.LeftOutUpTo).ConfigureAwait(false); }

        List<ChatMessage> messages = [.. history.Messages, new ChatMessage(ChatRole.User, run.Run.Prompt)];
        var maxTurns = run.Agent?.MaxTurns ?? limits.MaxTurns;
        var text = "";
        for (var turn = 0; turn < maxTurns; turn++)
        {
            var answer = await AnswerAsync(messages, stop).ConfigureAwait(false);
            await output.SaidAsync(answer.Text, isPartial: answer.Problem is not null).ConfigureAwait(false);
            if (answer.Problem is { } problem) { return problem with { Usage = tally.Usage }; }

            text = answer.Text.Length > 0 ? answer.Text : text;
            if (answer.Calls.Count == 0)
            {
                var usage = tally.Usage;
                await output.EndedAsync(text, usage).ConfigureAwait(false);
                return new RunOutcome.Completed(text) { Usage = usage };
            }

            messages.AddRange(answer.Messages);
            messages.Add(await CallAsync(answer.Calls, stop).ConfigureAwait(false));
        }

        return new RunOutcome.Failed($"The model was called {maxTurns} times without coming to an end; raise the agent's max_turns.", "limit")
        {
            Usage = tally.Usage,
        };
    }

    /// <summary>One call of the model, shown as it is written.</summary>
    async Task<Answer> AnswerAsync(List<ChatMessage> messages, CancellationToken stop)
    {
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

    async Task<ChatMessage> CallAsync(IReadOnlyList<FunctionCallContent> calls, CancellationToken stop)
    {
        var results = new List<AIContent>();
        foreach (var call in calls)
        {
            var use = new ToolUse(call.CallId, call.Name, InputOf(call));
            await output.CallsAsync(use).ConfigureAwait(false);
            var answer = await _tools.CallAsync(use, stop).ConfigureAwait(false);
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
