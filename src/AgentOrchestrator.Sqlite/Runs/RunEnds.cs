using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Audit;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Ends runs, whoever ends them, with all that hangs on an end.</summary>
static class RunEnds
{
    public static RunEnd Stopped { get; } = new(RunStatus.Stopped, "stopped");

    /// <returns>The run as it stands, and why the report was refused although something of it is kept.</returns>
    /// <exception cref="ProductException">NotFound; Conflict for a stale lease, or a move that is not allowed.</exception>
    public static (Run Run, ProductException? Refusal) Report(
        WriteTransaction transaction, CoordinatorOptions options, LeaseRef lease, RunEnd end)
    {
        var held = RunRows.RequireHeld(transaction.Db, lease.Org, lease.RunId);
        if (LateReport.Refuse(held.Run, held.EndDigest, lease, end) is { } refusal)
        {
            KeepLate(transaction, held.Run, lease, end);
            return (held.Run, refusal);
        }

        if (held.HasEnded && held.WasEndedBy(lease))
        {
            return (held.Run, null);
        }

        held.RequireLease(lease);
        var final = end.From(held.Run);
        return RunMoves.IsAllowed(held.Run.Status, final.Status)
            ? (End(transaction, options, held.Run, final, RunEvents.Runner(lease.RunnerId), end.Digest()), null)
            : throw RunErrors.NotAllowed(held.Run.Status, final.Status);
    }

    static void KeepLate(WriteTransaction transaction, Run run, LeaseRef lease, RunEnd late)
    {
        var isNew = transaction.Db.Query("""
            UPDATE runs SET late_digests = COALESCE(late_digests || ' ', '') || ?3
            WHERE org = ?1 AND run_id = ?2 AND instr(COALESCE(late_digests, ''), ?3) = 0 AND length(COALESCE(late_digests, '')) < ?4
            """).Bind(run.Org).Bind(run.RunId).Bind(late.Digest()).Bind(LateReport.MaxDigestsLength).Run() > 0;
        if (isNew)
        {
            var kept = RunEvents.Late(run, late, RunEvents.Runner(lease.RunnerId), transaction.Now);
            transaction.Changed(EventLog.Append(transaction, run.Org, run.SessionId, [kept])!);
        }
    }

    /// <summary>Run, log, session, and the next attempt or the parent's notification, with deliveries, in one transaction.</summary>
    /// <param name="digest">Of the runner's report; null for an end that no report brings, which takes the lease away.</param>
    public static Run End(
        WriteTransaction transaction, CoordinatorOptions options, Run before, RunEnd end, string actor, string? digest)
    {
        Write(transaction, before, end, digest);
        var run = RunRows.Require(transaction.Db, before.Org, before.RunId);
        transaction.Changed(new RunChanged(run));
        var retry = RetryRules.After(before, end);
        var quarantine = Quarantines.Count(transaction, options, before, end, isTriedAgain: retry is not null);
        var session = SessionWrites.Settle(
            transaction,
            run.Org,
            run.SessionId,
            [RunEvents.Ended(run.RunId, end, actor, transaction.Now, retry?.RunId), .. Begun(transaction, options, quarantine)],
            retry is null ? StatusAfter(run.Status) : SessionStatus.Pending);
        if (retry is not null)
        {
            RunQueue.Insert(
                transaction, options, retry, session, run.ParentSessionId, run.HoldsParent ? run.ParentSessionId : null, interrupts: true);
        }

        // The next attempt holds up the parent as this one did, and its end is the one that is told.
        ChildWaits.End(transaction, run);
        if (retry is null)
        {
            Callbacks.Tell(transaction, options, run);
        }

        Callbacks.Deliver(transaction, options, session.Org, session.SessionId);
        WakeNext(transaction, options, run);
        WakeCapped(transaction, options, run);
        return run;
    }

    static NewEvent[] Begun(WriteTransaction transaction, CoordinatorOptions options, Quarantine? quarantine)
    {
        if (quarantine is null)
        {
            return [];
        }

        transaction.Changed(new AgentQuarantined(quarantine));
        AuditRows.Append(transaction.Db, quarantine.Org, [QuarantineRules.Act(quarantine)], options.AuditEntries);
        return [RunEvents.Quarantined(quarantine)];
    }

    static SessionStatus StatusAfter(RunStatus end) => end switch
    {
        RunStatus.Completed => SessionStatus.Finished,
        RunStatus.Stopped => SessionStatus.Stopped,
        _ => SessionStatus.Failed,
    };

    static void Write(WriteTransaction transaction, Run run, RunEnd end, string? digest)
    {
        var ended = transaction.Db.Query("""
            UPDATE runs SET
                status = ?5, reason = ?6, error = ?7, exit_code = ?8, result_text = ?9, result_data = ?10, usage = ?11,
                completed_at = ?12, end_digest = ?13, fence = fence + (?13 IS NULL),
                lease_until = NULL, token_hash = NULL, waiting_reason = NULL
            WHERE org = ?1 AND run_id = ?2 AND status = ?3 AND fence = ?4
            """)
            .Bind(run.Org).Bind(run.RunId).BindWord(run.Status).Bind(run.Fence)
            .BindWord(end.Status).Bind(end.Reason).Bind(end.Error).Bind(end.ExitCode).Bind(end.ResultText)
            .Bind(end.ResultData?.GetRawText())
            .Bind(end.Usage is null ? null : JsonSerializer.Serialize(end.Usage, CompactJson.Default.RunUsage))
            .Bind(transaction.Now).Bind(digest)
            .Run();
        if (ended == 0)
        {
            throw RunErrors.StaleLease();
        }
    }

    // The place that a live run leaves may be what a run waits for that only another runner can take.
    static void WakeCapped(WriteTransaction transaction, CoordinatorOptions options, Run ended)
    {
        if (ended is { AgentCap: not null, RunnerId: not null })
        {
            Offer(transaction.Db.Query("""
                SELECT org, run_id, executor FROM runs INDEXED BY runs_waiting_for_cap
                WHERE org = ?1 AND agent_name = ?2
                    AND completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL AND agent_cap IS NOT NULL
                ORDER BY rank, place LIMIT 1
                """).Bind(ended.Org).Bind(ended.AgentName));
        }

        if (ended.RunnerId is not null && (options.MaxLiveRuns ?? options.MaxLiveRunsPerOrg) is not null)
        {
            Offer(transaction.Db.Query("""
                SELECT r.org, r.run_id, r.executor FROM (SELECT DISTINCT org FROM runners WHERE ?2 OR org = ?1) o
                CROSS JOIN runs r ON r.place = (
                    SELECT h.place FROM runs h INDEXED BY runs_queue
                    WHERE h.org = o.org AND h.completed_at IS NULL AND h.runner_id IS NULL AND h.rank IS NOT NULL
                    ORDER BY h.rank, h.place LIMIT 1)
                """).Bind(ended.Org).Bind(options.MaxLiveRuns is not null));
        }

        void Offer(Statement next)
        {
            foreach (var offer in next.All(row => new RunClaimable(row.Text(), row.Text(), row.TextOrNull())))
            {
                transaction.Changed(offer);
            }
        }
    }

    // What waited for this session waited for no runner: its time to find one begins now.
    static void WakeNext(WriteTransaction transaction, CoordinatorOptions options, Run ended)
    {
        using var next = transaction.Db.Query("""
            UPDATE runs SET timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE ?3 END
            WHERE place = (
                SELECT place FROM runs
                WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL
                ORDER BY position, place LIMIT 1)
            RETURNING run_id, executor
            """).Bind(ended.Org).Bind(ended.SessionId).Bind(transaction.Now + options.NoMatchTimeout);
        if (next.Read())
        {
            transaction.Changed(new RunClaimable(ended.Org, next.Text(), next.TextOrNull()));
        }
    }
}
