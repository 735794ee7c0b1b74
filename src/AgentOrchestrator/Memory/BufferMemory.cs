using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Memory;

/// <summary>What was said lately, within bounds; the oldest messages go first.</summary>
public sealed class BufferMemory
{
    const string Source = "buffer";

    readonly Lock _lock = new();
    readonly List<ChatMessage> _messages = [];

    /// <summary>How many messages are kept.</summary>
    /// <value>100.</value>
    public int MaxMessages { get; init; } = 100;

    /// <summary>How many tokens are kept, guessed as a quarter of the characters.</summary>
    /// <value>4,000.</value>
    public int MaxTokens { get; init; } = 4_000;

    /// <summary>From how many messages on the older half is summarised by a model.</summary>
    /// <value>Never.</value>
    public int? SummarizeAfter { get; init; }

    /// <summary>Who summarises.</summary>
    /// <value>The agent's own model.</value>
    public IChatClient? Model { get; init; }

    /// <summary>Adds a message.</summary>
    public void AddMessage(ChatRole role, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Add(new ChatMessage(role, text));
    }

    /// <summary>What is kept, the oldest first.</summary>
    public IReadOnlyList<ChatMessage> GetMessages()
    {
        lock (_lock) { return [.. _messages]; }
    }

    /// <summary>What is kept as a text, a line for each message.</summary>
    public string GetFormattedMessages() => string.Join("\n", GetMessages().Select(message => $"{message.Role.Value}: {message.Text}"));

    /// <summary>The messages that share words with a query, the closest first.</summary>
    public IReadOnlyList<MemoryHit> Search(string query, int topK = 5) =>
        [.. WordIndex.Search(GetMessages(), message => message.Text, query).Take(topK).Select(hit => HitOf(hit.Item, hit.Distance))];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock) { _messages.Clear(); }
    }

    /// <summary>A question and its answer stay side by side, also when the agent answers several at the same time.</summary>
    internal async Task AddExchangeAsync(string question, string answer, IChatClient model, CancellationToken cancel)
    {
        Add(new ChatMessage(ChatRole.User, question), new ChatMessage(ChatRole.Assistant, answer));
        if (OlderHalf() is not { Count: > 0 } older) { return; }

        var summary = await new Summariser(Model ?? model).SummariseAsync(older, cancel).ConfigureAwait(false);
        if (summary is null) { return; }

        lock (_lock)
        {
            // Whatever was added or went meanwhile.
            if (_messages.RemoveAll(older.Contains) > 0) { _messages.Insert(0, Summariser.MessageOf(summary)); }
        }
    }

    List<ChatMessage>? OlderHalf()
    {
        lock (_lock) { return _messages.Count > SummarizeAfter ? _messages[..(_messages.Count / 2)] : null; }
    }

    void Add(params IReadOnlyList<ChatMessage> messages)
    {
        lock (_lock)
        {
            _messages.AddRange(messages);
            if (IsWithinBounds()) { return; }

            // What is left begins with a question.
            while (_messages.Count > 0 && (!IsWithinBounds() || _messages[0].Role == ChatRole.Assistant)) { _messages.RemoveAt(0); }
        }
    }

    bool IsWithinBounds() => _messages.Count <= MaxMessages && _messages.Sum(TokenGuess.Of) <= MaxTokens;

    static MemoryHit HitOf(ChatMessage message, double distance) =>
        new(message.Text, Source, distance, new Dictionary<string, string> { ["role"] = message.Role.Value });
}
