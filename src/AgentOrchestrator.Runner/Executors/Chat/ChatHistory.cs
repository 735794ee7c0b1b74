using System.Text.Json;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>What was said in a session before a run, as far back as the budget reaches.</summary>
/// <param name="LeftOutUpTo">The sequence of the newest event that was left out; 0 when nothing was.</param>
sealed record ChatHistory(IReadOnlyList<ChatMessage> Messages, long LeftOutUpTo)
{
    /// <summary>Reads the log from its end, so that a long one costs no more than what is kept of it.</summary>
    /// <exception cref="Protocol.ProductException">The log cannot be read.</exception>
    public static async Task<ChatHistory> ReadAsync(RunServer server, RunView run, ChatLimits limits, CancellationToken cancel)
    {
        var newestFirst = new List<(long Seq, ChatMessage Message)>();
        var chars = 0L;
        var before = await server.ReadLastSeqAsync(run.SessionId, cancel).ConfigureAwait(false);
        while (before > 0)
        {
            var from = Math.Max(0, before - limits.PageSize);
            var window = await ReadWindowAsync(server, run.SessionId, from, before, cancel).ConfigureAwait(false);
            foreach (var entry in window.Reverse().Where(entry => entry.RunId != run.RunId))
            {
                if (MessageOf(entry) is not { } message) { continue; }

                chars += message.Text.Length;
                if (chars > limits.MaxHistoryChars) { return Shortened(newestFirst, entry.Seq); }
                newestFirst.Add((entry.Seq, message));
            }

            before = from;
        }

        // Where the log was pruned, what is left of it may begin with an answer.
        return Shortened(newestFirst, leftOutUpTo: 0);
    }

    /// <summary>Begins with a question: some models refuse to begin with their own answer.</summary>
    static ChatHistory Shortened(List<(long Seq, ChatMessage Message)> newestFirst, long leftOutUpTo)
    {
        while (newestFirst is [.., var (seq, oldest)] && oldest.Role == ChatRole.Assistant)
        {
            newestFirst.RemoveAt(newestFirst.Count - 1);
            leftOutUpTo = seq;
        }

        return new ChatHistory(InOrder(newestFirst), leftOutUpTo);
    }

    static IReadOnlyList<ChatMessage> InOrder(List<(long Seq, ChatMessage Message)> newestFirst) =>
        [.. newestFirst.AsEnumerable().Reverse().Select(entry => entry.Message)];

    /// <summary>The events after <paramref name="from"/> up to and with <paramref name="to"/>, in as many pages as the server makes of them.</summary>
    static async Task<IReadOnlyList<EventView>> ReadWindowAsync(RunServer server, string sessionId, long from, long to, CancellationToken cancel)
    {
        var window = new List<EventView>();
        for (long? after = from; after < to;)
        {
            var page = await server.ReadEventsAsync(sessionId, after.Value, (int)(to - after.Value), cancel).ConfigureAwait(false);
            window.AddRange(page.Events.Where(entry => entry.Seq <= to));
            after = page.NextAfter;
        }

        return window;
    }

    static ChatMessage? MessageOf(EventView entry)
    {
        if (entry.EventType != EventTypes.Message || entry.Content is not { ValueKind: JsonValueKind.Array } blocks) { return null; }

        var text = string.Join('\n', blocks.EnumerateArray().Select(TextOf).Where(part => part.Length > 0));
        return (entry.Role, text) switch
        {
            (_, "") => null,
            ("user", _) => new ChatMessage(ChatRole.User, text),
            ("assistant", _) => new ChatMessage(ChatRole.Assistant, text),
            _ => null,
        };
    }

    static string TextOf(JsonElement block) =>
        block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : "";
}
