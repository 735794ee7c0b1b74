using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Keeper;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Starts the program of one attempt with the keeper where there is one, or hands over what an earlier life of the runner started.</summary>
/// <param name="limits">What its program may take.</param>
/// <param name="adopted">What the keeper, or what it left on the disk, still has of this attempt.</param>
sealed class AttemptStarter(KeeperLink keeper, Attempt attempt, AttemptJournal journal, RunLimits limits, KeptProcess? adopted = null) : IProgramStarter
{
    KeptProcess? _kept = adopted;
    bool _isTaken;
    bool _isKeeperDead;

    /// <summary>Whether an earlier life of the runner began the attempt.</summary>
    public bool IsAdopting { get; init; }

    public async Task<IRunProcess> StartAsync(ProcessSpec spec)
    {
        if (_isTaken)
        {
            throw new InvalidOperationException("A run has one program.");
        }

        _isTaken = true;
        CrashPoint.Reach(CrashPoint.RunnerSpawning);
        try
        {
            _kept ??= await keeper.SpawnAsync(journal.Key, journal.Kept, journal.Record!.ProcessToken, attempt.Deadline, spec with { Limits = limits }).ConfigureAwait(false);
            CrashPoint.Reach(CrashPoint.RunnerSpawned);
        }
        catch (ProductException e) when (e.Reason is KeeperLink.KeeperDied)
        {
            _isKeeperDead = true;
            await journal.Kept.KillGroupAsync().ConfigureAwait(false);
            throw;
        }

        if (_kept is not { } kept)
        {
            return ChildProcess.Start(spec);
        }

        (kept.MaxLineBytes, kept.ShortensJson) = (spec.MaxLineBytes, spec.ShortensJson);
        attempt.WhenRenewed(kept.Extend);
        return kept;
    }

    /// <summary>What the run's end is called when somebody else than its executor or a stop ended the program; null when nobody did.</summary>
    public RunOutcome.Failed? Verdict() => Cause() switch
    {
        EndCause.LeaseEnded => new(
            "The lease of this run was not renewed in time, so its program was ended before the session could go to another runner; send the session a message to go on",
            "lost"),
        EndCause.Orphaned => new("The runner went away and none came back in time to take its program over; send the session a message to go on", "lost"),
        EndCause.KeeperDied => new("The process keeper of the runner was killed; what it held was ended", KeeperLink.KeeperDied),
        EndCause.NoRoom => new("The disk of the runner is full: the output of the program could not be kept, and it was ended", "disk_full"),
        EndCause.MemoryLimit => new(
            $"It used more than its {limits.MemoryBytes / RunnerOptions.MiB} MiB of memory and was ended with all that it had started; "
            + "give it more with max_memory_mb in agent.json, or RUNNER_MEMORY_LIMIT",
            "memory_limit"),
        EndCause.ProcessLimit => new(
            $"It started more than its {limits.Processes} processes and threads and was ended with all of them; "
            + "give it more with max_processes in agent.json, or RUNNER_PROCESS_LIMIT",
            "process_limit"),
        _ => null,
    };

    EndCause? Cause() => _isKeeperDead ? EndCause.KeeperDied : _kept is { End: { IsCompletedSuccessfully: true } end } ? end.Result.Cause : null;

    /// <summary>The end is journaled. What nobody ended by then is ended now.</summary>
    public async Task ReleaseAsync()
    {
        if (_kept is { } kept)
        {
            await kept.DisposeAsync().ConfigureAwait(false);
            await kept.ReleaseAsync().ConfigureAwait(false);
        }
    }
}
