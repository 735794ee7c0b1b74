using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>What a program says of the session that it executes: goes through the runner's spool, in order, whether the server is there or not.</summary>
/// <remarks>
/// The runner itself writes the prompt and the start and end of the conversation, for programs that say nothing; a program that says them too
/// is not repeated.
/// </remarks>
sealed class SessionVoice(RunContext run)
{
    readonly Lock _lock = new();
    readonly HashSet<string> _names = new(
        ((string?[])[run.Run.SessionId, run.Run.SessionName, run.ExecutorSessionId]).OfType<string>(), StringComparer.Ordinal);
    bool _hasSaidPrompt;

    public string? LastMessage { get; private set; }

    public string? ResultText { get; private set; }

    public JsonElement? ResultData { get; private set; }

    /// <summary>Whether an id in a request means this session: its id, its name, or an id that the program has bound to it.</summary>
    public bool IsCalled(string? idOrName)
    {
        lock (_lock) { return idOrName is not null && _names.Contains(idOrName); }
    }

    public async ValueTask BindAsync(string executorSessionId, bool toldHere, CancellationToken cancel)
    {
        lock (_lock) { _names.Add(executorSessionId); }
        if (toldHere) { await run.Output.BindAsync(executorSessionId, cancel).ConfigureAwait(false); }
    }

    public async ValueTask SayAsync(PostEvent said, CancellationToken cancel)
    {
        if (!IsRepetition(said))
        {
            Note(said);
            await run.Output.EmitAsync(said.EventType!, said, cancel).ConfigureAwait(false);
        }
    }

    bool IsRepetition(PostEvent said)
    {
        if (said.EventType is EventTypes.SessionStart or EventTypes.SessionStop) { return true; }
        if (said is not { EventType: EventTypes.Message, Role: "user" }) { return false; }

        lock (_lock)
        {
            var isPrompt = !_hasSaidPrompt && TextOf(said.Content) == run.Run.Prompt;
            _hasSaidPrompt |= isPrompt;
            return isPrompt;
        }
    }

    void Note(PostEvent said)
    {
        lock (_lock)
        {
            switch (said)
            {
                case { EventType: EventTypes.Result }: (ResultText, ResultData) = (said.ResultText, said.ResultData); break;
                case { EventType: EventTypes.Message, Role: "assistant" } when TextOf(said.Content) is { Length: > 0 } text: LastMessage = text; break;
            }
        }
    }

    static string? TextOf(JsonElement? content)
    {
        if (content is not { ValueKind: JsonValueKind.Array } blocks) { return null; }
        try
        {
            return string.Concat(blocks.EnumerateArray()
                .Where(block => block.ValueKind is JsonValueKind.Object && block.TryGetProperty("text", out var part) && part.ValueKind is JsonValueKind.String)
                .Select(block => block.GetProperty("text").GetString()));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: an event may carry it, a report's text may not.
            return null;
        }
    }
}
