using System.Diagnostics;
using System.Runtime.CompilerServices;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors.Chat;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Bench;

/// <summary>What the agent loop itself costs, and how long a long conversation takes to come back.</summary>
static class LoopBench
{
    const int Calls = 2_000;
    const int Turns = 1_000;
    const int Rounds = 9;

    static readonly AIFunction s_tool = AIFunctionFactory.Create((string path) => path, "read");

    public static async Task<int> WriteAsync(string server)
    {
        Console.WriteLine("| What | Floor | Ours | Ratio or bound |\n|---|---|---|---|");
        await WriteRowsAsync(server, (what, floor, ours, bound) => Console.WriteLine($"| {what} | {floor} | {ours} | {bound} |"));
        return 0;
    }

    /// <param name="row">What, floor, ours, bound.</param>
    public static async Task WriteRowsAsync(string server, Action<string, string, string, string> row)
    {
        await WriteCostsAsync("journal in memory", () => new InMemoryJournal(), row);
        var folder = Directory.CreateTempSubdirectory("ao-bench-");
        await WriteCostsAsync("journal of `chat`", () => ChatJournal.Open(folder.CreateSubdirectory(Path.GetRandomFileName()).FullName), row);
        row($"a run of {Turns:N0} turns goes on from its journal", "–", $"{await GoOnAsync(folder.FullName):F1} ms", "≤ 100 ms");
        folder.Delete(recursive: true);
        row($"a conversation of {Turns:N0} turns is read from its log", "–", $"{await ReadAsync(server):F1} ms", "≤ 100 ms");
    }

    static async Task WriteCostsAsync(string journal, Func<IRunJournal> open, Action<string, string, string, string> row)
    {
        // A run of many turns with a tool each, less one that calls the tools all at once, tells calls of the model from calls of tools.
        var turns = await CostAsync(open, Calls, callsEach: 1);
        var atOnce = await CostAsync(open, 1, callsEach: Calls);
        var (model, tool) = ((turns - atOnce) / Calls, atOnce / Calls);
        row($"loop, a call of the model, {journal}", "–", model.ToString(), "stated");
        row($"loop, a call of a tool, {journal}", "–", tool.ToString(), "stated");
    }

    /// <summary>The least of some rounds, of one whole run.</summary>
    static async Task<Cost> CostAsync(Func<IRunJournal> open, int turns, int callsEach)
    {
        var least = new Cost(double.MaxValue, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            var journal = open();
            var bytes = GC.GetTotalAllocatedBytes(precise: true);
            var since = Stopwatch.GetTimestamp();
            await RunAsync(new InstantModel(turns, callsEach), journal);
            var cost = new Cost(Stopwatch.GetElapsedTime(since).TotalMicroseconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
            least = new Cost(Math.Min(least.Microseconds, cost.Microseconds), Math.Min(least.Bytes, cost.Bytes));
            (journal as IDisposable)?.Dispose();
        }

        return least;
    }

    /// <summary>Milliseconds from the opening of the journal to the first call that is really made.</summary>
    static async Task<double> GoOnAsync(string folder)
    {
        using (var journal = ChatJournal.Open(folder))
        {
            await RunAsync(new InstantModel(Turns, callsEach: 1, letters: 400), journal);
        }

        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var since = Stopwatch.GetTimestamp();
            using var journal = ChatJournal.Open(folder);
            await RunAsync(new InstantModel(Turns, callsEach: 1), journal);
            least = Math.Min(least, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }

        return least;
    }

    static async Task<double> ReadAsync(string server)
    {
        await using var ours = await ServerProcess.StartOursAsync(server);
        using (var posting = new LeanConnection(ours.Port))
        {
            await posting.ExpectAsync(LeanConnection.Request(ours.Port, "POST", "/sessions", """{"session_id":"talk","session_name":"talk"}"""));
            for (var n = 0; n < 2 * Turns; n++)
            {
                var role = n % 2 == 0 ? "user" : "assistant";
                await posting.ExpectAsync(LeanConnection.Request(ours.Port, "POST", "/sessions/talk/events", $$"""
                    {"event_type":"message","session_id":"talk","timestamp":"2026-01-01T00:00:00Z","role":"{{role}}","content":[{"type":"text","text":"{{new string('x', 90)}}"}]}
                    """));
            }
        }

        using var reading = new RunServer(new Uri($"http://127.0.0.1:{ours.Port}"), "none", TimeProvider.System);
        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var since = Stopwatch.GetTimestamp();
            var history = await ChatHistory.ReadAsync(reading, s_run, new ChatLimits(), CancellationToken.None);
            least = Math.Min(least, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            if (history.Messages.Count != 2 * Turns) { throw new InvalidOperationException($"{history.Messages.Count} messages came back."); }
        }

        return least;
    }

    static readonly RunView s_run = new()
    {
        RunId = "run_bench",
        Type = RunType.ResumeSession,
        SessionId = "talk",
        SessionName = "talk",
        Prompt = "",
        ExecutionMode = ExecutionMode.Sync,
        Status = RunStatus.Running,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    static async Task RunAsync(InstantModel model, IRunJournal journal)
    {
        var options = new LoopOptions { Tools = [s_tool], Journal = () => journal, Limits = new LoopLimits { MaxTurns = int.MaxValue, ParallelTools = 1 } };
        await foreach (var update in new AgentLoop(model, options).RunAsync([new ChatMessage(ChatRole.User, "Go on.")]))
        {
            if (update is AgentUpdate.Ended { End.Reason: not EndReason.Answered and var reason }) { throw new InvalidOperationException($"{reason}"); }
        }
    }

    sealed record Cost(double Microseconds, double Bytes)
    {
        public static Cost operator -(Cost left, Cost right) => new(left.Microseconds - right.Microseconds, left.Bytes - right.Bytes);

        public static Cost operator /(Cost cost, int parts) => new(cost.Microseconds / parts, cost.Bytes / parts);

        public override string ToString() => $"{Microseconds:F1} µs, {Bytes:N0} B";
    }

    /// <summary>Answers at once: as often with tool calls as it is told, then with a word.</summary>
    sealed class InstantModel(int turns, int callsEach, int letters = 0) : IChatClient
    {
        readonly string _words = new('x', letters);

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await ValueTask.CompletedTask;
            var turn = (((IReadOnlyList<ChatMessage>)messages).Count - 1) / 2;
            yield return turn >= turns
                ? new ChatResponseUpdate(ChatRole.Assistant, "Done.")
                : new ChatResponseUpdate(ChatRole.Assistant, [new TextContent(_words), .. Enumerable.Range(0, callsEach).Select(call => Call($"call_{turn}_{call}"))]);
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
            // Nothing is held.
        }

        FunctionCallContent Call(string id) => new FunctionCallContent(id, "read", new Dictionary<string, object?> { ["path"] = letters == 0 ? "notes.md" : _words });
    }
}
