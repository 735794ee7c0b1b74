using System.Text.Json;
using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>
/// What a run's talk has come to, in a file: that a call begins before it is made, what came of it before anybody is told. A restarted runner goes
/// through the talk again, reads here instead of asking, and asks from where it ends.
/// </summary>
/// <remarks>It outlives the runner's process, not the host's power. It grows by what is new: a call's conversation is not repeated in it.</remarks>
sealed class ChatJournal : IRunJournal, IDisposable
{
    const string FileName = "talk.jsonl";

    readonly FileStream _file;
    readonly Lock _lock = new();
    readonly Dictionary<int, ChatResponse> _answers = [];
    readonly Dictionary<string, ToolRecord> _calls = [];

    ChatJournal(FileStream file) => _file = file;

    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    public static ChatJournal Open(string folder)
    {
        var journal = new ChatJournal(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        journal.Read();
        return journal;
    }

    /// <summary>Its size in bytes.</summary>
    public long Length => _file.Length;

    /// <remarks>A call whose answer is not known is made again: it changes nothing, and costs its tokens twice.</remarks>
    public ValueTask<ChatResponse?> BeginModelCallAsync(int turn, CancellationToken cancellationToken)
    {
        if (_answers.GetValueOrDefault(turn) is { } known) { return new(known); }

        Write(new JournalLine { Turn = turn });
        return default;
    }

    public ValueTask EndModelCallAsync(int turn, ChatResponse answer, CancellationToken cancellationToken)
    {
        Write(new JournalLine
        {
            Turn = turn,
            Answer = JsonSerializer.SerializeToElement(answer, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse))),
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask<ToolRecord?> FindToolCallAsync(ToolCall call, CancellationToken cancellationToken) => new(_calls.GetValueOrDefault(call.Key));

    public ValueTask BeginToolCallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        Write(new JournalLine { Call = call.Key });
        return ValueTask.CompletedTask;
    }

    public ValueTask EndToolCallAsync(ToolCall call, ToolAnswer answer, CancellationToken cancellationToken)
    {
        Write(new JournalLine { Call = call.Key, Result = answer });
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _file.Dispose();

    void Write(JournalLine line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, ChatJson.Plain.JournalLine), (byte)'\n'];
        lock (_lock)
        {
            _file.Write(bytes);
            _file.Flush();
        }
    }

    /// <summary>All whole lines; a torn one is cut off.</summary>
    void Read()
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _file.SetLength(end);
        foreach (var range in bytes.AsSpan(0, end).Split((byte)'\n'))
        {
            var json = bytes.AsSpan(0, end)[range];
            if (!json.IsEmpty) { Take(JsonSerializer.Deserialize(json, ChatJson.Plain.JournalLine)!); }
        }
    }

    void Take(JournalLine line)
    {
        if (line is { Turn: { } turn, Answer: { } answer })
        {
            _answers[turn] = (ChatResponse)answer.Deserialize(AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)))!;
        }
        else if (line.Call is { } call)
        {
            _calls[call] = new ToolRecord(line.Result);
        }
    }
}
