using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>
/// What a run's talk has come to: each whole answer of the model before it is shown, each result of a tool before it is told. A restarted runner
/// goes through the talk again, reads here instead of asking, and asks from where it ends.
/// </summary>
/// <remarks>It outlives the runner's process, not the host's power.</remarks>
sealed class ChatJournal : IDisposable
{
    const string FileName = "talk.jsonl";

    readonly FileStream _file;
    readonly Queue<ChatResponse> _answers = [];
    readonly Dictionary<string, ToolAnswer> _results = [];

    ChatJournal(FileStream file) => _file = file;

    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    public static ChatJournal Open(string folder)
    {
        var journal = new ChatJournal(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        journal.Read();
        return journal;
    }

    /// <summary>The next answer that an earlier life of the runner got; null when there is none left.</summary>
    public ChatResponse? NextAnswer() => _answers.TryDequeue(out var answer) ? answer : null;

    public void Keep(ChatResponse answer) =>
        Write(new ChatJournalLine { Answer = JsonSerializer.SerializeToElement(answer, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse))) });

    /// <param name="call">Names the call within the run.</param>
    public ToolAnswer? ResultOf(string call) => _results.GetValueOrDefault(call);

    public void Keep(string call, ToolAnswer result) => Write(new ChatJournalLine { Call = call, Result = result });

    public void Dispose() => _file.Dispose();

    void Write(ChatJournalLine line)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, ChatJournalJson.Default.ChatJournalLine), (byte)'\n']);
        _file.Flush();
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
            if (json.IsEmpty)
            {
                continue;
            }

            var line = JsonSerializer.Deserialize(json, ChatJournalJson.Default.ChatJournalLine)!;
            if (line.Answer is { } answer)
            {
                _answers.Enqueue((ChatResponse)answer.Deserialize(AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)))!);
            }
            else if (line is { Call: { } call, Result: { } result })
            {
                _results[call] = result;
            }
        }
    }
}

/// <summary>Either an answer of the model or a result of a tool.</summary>
sealed record ChatJournalLine
{
    public JsonElement? Answer { get; init; }
    public string? Call { get; init; }
    public ToolAnswer? Result { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 256)]
[JsonSerializable(typeof(ChatJournalLine))]
sealed partial class ChatJournalJson : JsonSerializerContext;
