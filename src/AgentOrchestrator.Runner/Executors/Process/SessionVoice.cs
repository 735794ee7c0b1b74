using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>What a program says of the session that it executes: goes through the runner's spool, in order, whether the server is there or not.</summary>
/// <remarks>
/// The runner itself writes the prompt and the start and end of the conversation, for programs that say nothing; a program that says them too
/// is not repeated. What the run's end depends on is written down, for a restarted runner that goes on with the program.
/// </remarks>
sealed class SessionVoice
{
    readonly Lock _lock = new();
    readonly RunContext _run;
    readonly string _file;
    readonly HashSet<string> _names;
    VoiceState _state = new();

    public SessionVoice(RunContext run)
    {
        _run = run;
        _file = Path.Combine(run.ScratchDirectory, "voice.json");
        if (File.Exists(_file)) { _state = JsonSerializer.Deserialize(File.ReadAllBytes(_file), ProgramJson.Plain.VoiceState)!; }
        _names = new(((string?[])[run.Run.SessionId, run.Run.SessionName, run.ExecutorSessionId, .. _state.Names]).OfType<string>(), StringComparer.Ordinal);
    }

    public string? LastMessage => _state.LastMessage;

    public string? ResultText => _state.ResultText;

    public JsonElement? ResultData => _state.ResultData;

    /// <summary>Whether an id in a request means this session: its id, its name, or an id that the program has bound to it.</summary>
    public bool IsCalled(string? idOrName)
    {
        lock (_lock) { return idOrName is not null && _names.Contains(idOrName); }
    }

    public async ValueTask BindAsync(string executorSessionId, bool toldHere, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_names.Add(executorSessionId)) { Keep(_state with { Names = [.. _state.Names, executorSessionId] }); }
        }

        if (toldHere) { await _run.Output.BindAsync(executorSessionId, cancel).ConfigureAwait(false); }
    }

    public async ValueTask SayAsync(PostEvent said, CancellationToken cancel)
    {
        if (!IsRepetition(said))
        {
            Note(said);
            await _run.Output.EmitAsync(said.EventType!, said, cancel).ConfigureAwait(false);
        }
    }

    bool IsRepetition(PostEvent said)
    {
        if (said.EventType is EventTypes.SessionStart or EventTypes.SessionStop) { return true; }
        if (said is not { EventType: EventTypes.Message, Role: "user" }) { return false; }

        lock (_lock)
        {
            var isPrompt = !_state.HasSaidPrompt && TextOf(said.Content) == _run.Run.Prompt;
            if (isPrompt) { Keep(_state with { HasSaidPrompt = true }); }
            return isPrompt;
        }
    }

    void Note(PostEvent said)
    {
        lock (_lock)
        {
            switch (said)
            {
                case { EventType: EventTypes.Result }: Keep(_state with { ResultText = said.ResultText, ResultData = said.ResultData }); break;
                case { EventType: EventTypes.Message, Role: "assistant" } when TextOf(said.Content) is { Length: > 0 } text: Keep(_state with { LastMessage = text }); break;
            }
        }
    }

    /// <summary>The whole state or the one before; it must outlive this process, not the host.</summary>
    void Keep(VoiceState state)
    {
        _state = state;
        File.WriteAllBytes(_file + ".draft", JsonSerializer.SerializeToUtf8Bytes(state, ProgramJson.Plain.VoiceState));
        File.Move(_file + ".draft", _file, overwrite: true);
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
