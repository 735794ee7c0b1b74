using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>
/// Answers of models, kept in this process for when just the same is asked again: the same conversation, instructions, tools and settings of the same client. Off
/// unless a model is wrapped in one.
/// </summary>
/// <remarks>
/// Kept are whole answers of text. One that calls tools is kept only when each of them is <see cref="Agents.ToolFlags.Harmless"/>, since the calls are made again.
/// An answer from here has used no tokens, and <see cref="ChatResponse.AdditionalProperties"/> with <c>cached</c>.
/// </remarks>
public sealed class ResponseCache
{
    internal const string Cached = "cached";

    readonly Lock _lock = new();
    readonly Dictionary<string, LinkedListNode<Entry>> _byKey = new(StringComparer.Ordinal);

    // The one that rested longest first.
    readonly LinkedList<Entry> _entries = [];
    long _bytes;
    int _clients;

    /// <summary>How many answers are kept; then those go first that were not asked for longest.</summary>
    /// <value>1,000.</value>
    public int MaxEntries { get; init; } = 1_000;

    /// <summary>How many bytes they have together.</summary>
    /// <value>16 MiB.</value>
    public long MaxBytes { get; init; } = 16 << 20;

    /// <summary>How long an answer is taken for true.</summary>
    /// <value>1 hour.</value>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clock of <see cref="MaxAge"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many answers are kept now.</summary>
    public int Count
    {
        get { lock (_lock) { return _byKey.Count; } }
    }

    /// <summary>A model whose answers are kept here. Agents share them when they share what this returns.</summary>
    public IChatClient Wrap(IChatClient model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new CachingChatClient(model, this, Interlocked.Increment(ref _clients));
    }

    /// <summary>Forgets all answers.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _byKey.Clear();
            _entries.Clear();
            _bytes = 0;
        }
    }

    internal byte[]? Find(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var node)) { return null; }

            Drop(node);
            if (Time.GetElapsedTime(node.Value.Since) >= MaxAge) { return null; }

            Keep(node);
            return node.Value.Answer;
        }
    }

    internal void Add(string key, byte[] answer)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out var known)) { Drop(known); }

            Keep(new LinkedListNode<Entry>(new Entry(key, answer, Time.GetTimestamp())));
            while (_byKey.Count > MaxEntries || _bytes > MaxBytes) { Drop(_entries.First!); }
        }
    }

    void Keep(LinkedListNode<Entry> node)
    {
        _entries.AddLast(node);
        _byKey[node.Value.Key] = node;
        _bytes += node.Value.Answer.Length;
    }

    void Drop(LinkedListNode<Entry> node)
    {
        _entries.Remove(node);
        _byKey.Remove(node.Value.Key);
        _bytes -= node.Value.Answer.Length;
    }

    sealed record Entry(string Key, byte[] Answer, long Since);
}
