using System.Collections.Concurrent;
using System.Diagnostics;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What somebody asked of a run, and what they were told.</summary>
public enum RunVerb { Claim, Start, End, Stop, Reap, Release, Renew, Read }

/// <param name="Fence">Of the lease that it speaks for; of a claim, the fence that it was given, 0 for none.</param>
/// <param name="End">What an end reports.</param>
/// <param name="Told">The status in the answer; null for a refusal, and where there is none.</param>
/// <param name="ToldFence">Of a read.</param>
/// <param name="IsRefused">By a conflict; of a renewal, that the lease is lost.</param>
public sealed record RunAct(
    RunVerb Verb, long Fence = 0, RunStatus? End = null, RunStatus? Told = null, long ToldFence = 0, bool IsRefused = false)
{
    public long Begun { get; init; }
    public long Ended { get; init; }

    public override string ToString() => $"{Begun}..{Ended} {Verb} {Fence} {End} → {(IsRefused ? "refused" : $"{Told} {ToldFence}")}";
}

/// <summary>The acts of one run as their callers saw them.</summary>
public sealed class RunHistory
{
    readonly ConcurrentQueue<RunAct> _acts = new();

    public IReadOnlyList<RunAct> Acts => [.. _acts];

    /// <summary>An act that was not about this run alone.</summary>
    public void Add(RunAct act) => _acts.Enqueue(act);

    public async Task<RunAct> NoteAsync(Func<Task<RunAct>> act)
    {
        var begun = Stopwatch.GetTimestamp();
        var done = await act();
        var noted = done with { Begun = begun, Ended = Stopwatch.GetTimestamp() };
        Add(noted);
        return noted;
    }
}
