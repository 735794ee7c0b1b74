using System.Collections.Concurrent;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What the server acknowledged. What it did not is unknown, and may have happened or not.</summary>
sealed class History
{
    int _count;

    public ConcurrentBag<(string Session, string Key)> Events { get; } = [];

    public ConcurrentBag<(string Key, RunCreated Run)> Runs { get; } = [];

    public ConcurrentBag<string> Stopped { get; } = [];

    /// <summary>Acknowledged operations.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Note(string session, string key)
    {
        Events.Add((session, key));
        Interlocked.Increment(ref _count);
    }

    public void Note(string key, RunCreated run)
    {
        Runs.Add((key, run));
        Interlocked.Increment(ref _count);
    }

    public void NoteStop(string session)
    {
        Stopped.Add(session);
        Interlocked.Increment(ref _count);
    }
}
