using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Stops: of what is queued at once, of what is live by a durable wish.</summary>
static class RunStops
{
    static readonly RunEnd s_stopped = new(RunStatus.Stopped, "stopped");

    /// <returns>Null when there is no such run.</returns>
    public static async Task<StopOutcome?> StopRunAsync(Tx tx, CoordinatorOptions options, string org, string runId, string actor)
    {
        // What is read of the run before the lock never changes.
        var found = await tx.FirstAsync(RunRows.Find(org, runId), RunRows.Read).ConfigureAwait(false);
        if (found is null
            || await LockedFamily.TakeAsync(tx, org, found.SessionId, wholeTree: false, withChildren: false).ConfigureAwait(false) is not { } family)
        {
            return null;
        }

        if (family.OpenOf(found.SessionId).FirstOrDefault(open => open.Run.RunId == runId) is not { } locked)
        {
            var ended = await tx.FirstAsync(RunRows.Find(org, runId), RunRows.Read).ConfigureAwait(false);
            return ended is null ? null : new StopOutcome(ended, ended.Status);
        }

        var outcome = await StopAsync(tx, options, locked, actor).ConfigureAwait(false);
        var session = await tx.FirstAsync(SessionRows.Find(org, found.SessionId), SessionRows.Read).ConfigureAwait(false);
        if (session!.Status is SessionStatus.Stopping or SessionStatus.Stopped)
        {
            await StopBelowAsync(tx, options, family, actor).ConfigureAwait(false);
        }

        return outcome;
    }

    public static async Task<SessionStopOutcome?> StopSessionAsync(
        Tx tx, CoordinatorOptions options, string org, string idOrName, string actor, bool wholeTree)
    {
        var found = await tx.FirstAsync(SessionRows.Find(org, idOrName), SessionRows.Read).ConfigureAwait(false);
        if (found is null
            || await LockedFamily.TakeAsync(tx, org, found.SessionId, wholeTree, withChildren: false).ConfigureAwait(false) is not { } family)
        {
            return null;
        }

        var shown = await StopOneAsync(tx, options, family, found.SessionId, actor, isWaiting: family.Below.Count > 0).ConfigureAwait(false);
        var descendants = await StopBelowAsync(tx, options, family, actor).ConfigureAwait(false);
        var after = await tx.FirstAsync(SessionRows.Find(org, found.SessionId), SessionRows.Read).ConfigureAwait(false);
        return new SessionStopOutcome(after!, family.Session.Status, shown?.Run, shown?.Before, descendants);
    }

    /// <returns>How many sessions had something to stop.</returns>
    public static async Task<int> StopBelowAsync(Tx tx, CoordinatorOptions options, LockedFamily family, string actor)
    {
        // Parents before their children, so that none is resumed by the end of a child that is stopped with it.
        foreach (var node in family.Below)
        {
            await StopOneAsync(tx, options, family, node.SessionId, actor, isWaiting: true).ConfigureAwait(false);
        }

        return family.Below.Count;
    }

    /// <summary>Tells the session's live run to stop, for a message that comes next. The sessions below go on.</summary>
    /// <param name="session">Locked.</param>
    public static async Task InterruptAsync(Tx tx, Session session, string actor)
    {
        var live = await tx.FirstAsync(
            new Statement(
                $"""
                SELECT {RunRows.Columns} FROM runs r
                WHERE r.org = @org AND r.session_id = @session AND r.status IN {RunRows.Live}
                """)
                .Text("org", session.Org).Text("session", session.SessionId),
            RunRows.Read).ConfigureAwait(false);
        if (live is { Status: RunStatus.Stopping })
        {
            await ForgoAsync(tx, live).ConfigureAwait(false);
        }
        else if (live is not null)
        {
            await WishAsync(tx, live, session, actor, StopReasons.Interrupted).ConfigureAwait(false);
        }
    }

    // The live one comes last, so that what is shown is the live one, else the newest.
    static async Task<StopOutcome?> StopOneAsync(
        Tx tx, CoordinatorOptions options, LockedFamily family, string sessionId, string actor, bool isWaiting)
    {
        StopOutcome? shown = null;
        foreach (var run in family.OpenOf(sessionId))
        {
            shown = await StopAsync(tx, options, run, actor).ConfigureAwait(false);
        }

        var before = family.Locked[sessionId];
        var hasEnded = before.Status is SessionStatus.Finished or SessionStatus.Failed;
        if (shown is null && before.Status is not SessionStatus.Stopped && (isWaiting || !hasEnded))
        {
            await EventLog.SettleAsync(tx, before, [], SessionStatus.Stopped).ConfigureAwait(false);
        }

        return shown;
    }

    static async Task<StopOutcome> StopAsync(Tx tx, CoordinatorOptions options, LockedRun locked, string actor)
    {
        var before = locked.Run.Status;
        if (before == RunStatus.Pending)
        {
            return new StopOutcome(await RunEnds.EndAsync(tx, options, locked, s_stopped, actor, digest: null).ConfigureAwait(false), before);
        }

        if (RunMoves.IsAllowed(before, RunStatus.Stopping))
        {
            return new StopOutcome(await WishAsync(tx, locked.Run, locked.Session, actor).ConfigureAwait(false), before);
        }

        await ForgoAsync(tx, locked.Run).ConfigureAwait(false);
        return new StopOutcome(locked.Run, before);
    }

    // It may be on its way to a time-out, which another attempt would follow.
    static Task<int> ForgoAsync(Tx tx, Run run) => tx.ExecuteAsync(
        new Statement("UPDATE runs SET retry = NULL WHERE org = @org AND run_id = @run AND status = 'stopping' AND retry IS NOT NULL")
            .Text("org", run.Org).Text("run", run.RunId));

    /// <summary>Live → stopping, and its runner is told.</summary>
    /// <param name="session">The run's, locked.</param>
    /// <param name="reason">One of <see cref="StopReasons"/>; null for somebody's wish.</param>
    public static async Task<Run> WishAsync(Tx tx, Run live, Session session, string actor, string? reason = null)
    {
        var run = (await tx.FirstAsync(
            new Statement(
                $"""
                UPDATE runs r SET status = 'stopping', waiting_reason = NULL, stop_reason = @reason, due_at = NULL
                WHERE r.org = @org AND r.run_id = @run AND r.status IN ('claimed', 'running', 'waiting') RETURNING {RunRows.Columns}
                """)
                .Text("org", live.Org).Text("run", live.RunId).Text("reason", reason),
            RunRows.Read).ConfigureAwait(false))!;
        tx.Changed(new RunChanged(run));
        await EventLog.SettleAsync(tx, session, [RunEvents.Stopping(run.RunId, reason, actor, tx.Now)], otherwise: null).ConfigureAwait(false);
        tx.Changed(new RunnerSignalled(run.Org, run.RunnerId!));
        return run;
    }
}
