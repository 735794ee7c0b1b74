using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Stops: of what is queued at once, of what is live by a durable wish.</summary>
static class RunStops
{
    public static StopOutcome StopRun(WriteTransaction transaction, CoordinatorOptions options, Run run, string actor)
    {
        var outcome = Stop(transaction, options, run, actor);
        var session = SessionRows.Get(transaction.Db, run.Org, run.SessionId);
        if (!RunMoves.IsTerminal(outcome.Before) && session.Status is SessionStatus.Stopping or SessionStatus.Stopped)
        {
            StopBelow(transaction, options, session, TreeRows.Below(transaction.Db, run.Org, run.SessionId, wholeTree: false), actor);
        }

        return outcome;
    }

    public static SessionStopOutcome? StopSession(
        WriteTransaction transaction, CoordinatorOptions options, string org, string idOrName, string actor, bool wholeTree)
    {
        var db = transaction.Db;
        if (SessionRows.Find(db, org, idOrName) is not { } before)
        {
            return null;
        }

        var below = TreeRows.Below(db, org, before.SessionId, wholeTree);
        var shown = StopOne(transaction, options, before, actor, isWaiting: SessionTree.ToStop(below).Count > 0);
        var descendants = StopBelow(transaction, options, before, below, actor);
        return new SessionStopOutcome(SessionRows.Get(db, org, before.SessionId), before.Status, shown?.Run, shown?.Before, descendants);
    }

    /// <returns>How many sessions had something to stop.</returns>
    public static int StopBelow(
        WriteTransaction transaction, CoordinatorOptions options, Session top, IReadOnlyList<TreeNode> below, string actor)
    {
        // Parents before their children, so that none is resumed by the end of a child that is stopped with it.
        var stopping = SessionTree.ToStop(below);
        foreach (var node in stopping)
        {
            StopOne(transaction, options, SessionRows.Get(transaction.Db, top.Org, node.SessionId), actor, isWaiting: true);
        }

        return stopping.Count;
    }

    /// <summary>Tells the session's live run to stop, for a message that comes next. The sessions below go on.</summary>
    public static void Interrupt(WriteTransaction transaction, Session session, string actor)
    {
        var live = RunRows.Open(transaction.Db, session.Org, session.SessionId)
            .Find(run => run.Status is not RunStatus.Pending);
        if (live is { Status: RunStatus.Stopping })
        {
            Forgo(transaction, live);
        }
        else if (live is not null)
        {
            Wish(transaction, live, actor, StopReasons.Interrupted);
        }
    }

    // Queued ones come first and the live one last, so that what is shown is the live one, else the newest.
    static StopOutcome? StopOne(WriteTransaction transaction, CoordinatorOptions options, Session before, string actor, bool isWaiting)
    {
        StopOutcome? shown = null;
        foreach (var run in RunRows.Open(transaction.Db, before.Org, before.SessionId))
        {
            shown = Stop(transaction, options, run, actor);
        }

        var hasEnded = before.Status is SessionStatus.Finished or SessionStatus.Failed;
        if (shown is null && before.Status is not SessionStatus.Stopped && (isWaiting || !hasEnded))
        {
            SessionWrites.Settle(transaction, before.Org, before.SessionId, [], SessionStatus.Stopped);
        }

        return shown;
    }

    static StopOutcome Stop(WriteTransaction transaction, CoordinatorOptions options, Run run, string actor) => run.Status switch
    {
        RunStatus.Pending => new StopOutcome(
            RunEnds.End(transaction, options, run, RunEnds.Stopped, actor, digest: null), run.Status),
        RunStatus.Claimed or RunStatus.Running or RunStatus.Waiting => new StopOutcome(Wish(transaction, run, actor), run.Status),
        _ => new StopOutcome(Forgo(transaction, run), run.Status),
    };

    // It may be on its way to a time-out, which another attempt would follow.
    static Run Forgo(WriteTransaction transaction, Run run)
    {
        transaction.Db.Query("UPDATE runs SET retry = NULL WHERE org = ?1 AND run_id = ?2 AND status = 'stopping' AND retry IS NOT NULL")
            .Bind(run.Org).Bind(run.RunId).Run();
        return run;
    }

    /// <summary>Live → stopping, and its runner is told.</summary>
    /// <param name="reason">One of <see cref="StopReasons"/>; null for somebody's wish.</param>
    public static Run Wish(WriteTransaction transaction, Run run, string actor, string? reason = null)
    {
        transaction.Db.Query("""
            UPDATE runs SET status = 'stopping', waiting_reason = NULL, stop_reason = ?3, due_at = NULL
            WHERE org = ?1 AND run_id = ?2 AND status IN ('claimed', 'running', 'waiting')
            """).Bind(run.Org).Bind(run.RunId).Bind(reason).Run();
        var stopping = RunRows.Require(transaction.Db, run.Org, run.RunId);
        transaction.Changed(new RunChanged(stopping));
        SessionWrites.Settle(
            transaction,
            run.Org,
            run.SessionId,
            [RunEvents.Stopping(run.RunId, reason, actor, transaction.Now)],
            otherwise: null);
        transaction.Changed(new RunnerSignalled(run.Org, run.RunnerId!));
        return stopping;
    }
}
