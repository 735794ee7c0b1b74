using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Audit;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using System.Text.Json;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Ends runs, whoever ends them, with all that hangs on an end.</summary>
static class RunEnds
{
    /// <returns>The run as it stands, and why the report was refused although something of it is kept.</returns>
    /// <exception cref="ProductException">NotFound; Conflict for a stale lease.</exception>
    public static async Task<(Run Run, ProductException? Refusal)> ReportAsync(Tx tx, CoordinatorOptions options, LeaseRef lease, RunEnd end)
    {
        var locked = await LockedRun.TakeAsync(tx, lease.Org, lease.RunId, withParent: true).ConfigureAwait(false);
        if (LateReport.Refuse(locked.Run, locked.EndDigest, lease, end) is { } refusal)
        {
            await KeepLateAsync(tx, locked.Run, lease, end).ConfigureAwait(false);
            return (locked.Run, refusal);
        }

        if (locked.HasEnded && locked.EndDigest is not null && locked.IsOf(lease))
        {
            return (locked.Run, null);
        }

        locked.RequireLease(lease);
        var final = end.From(locked.Run);
        return (await EndAsync(tx, options, locked, final, RunEvents.Runner(lease.RunnerId), end.Digest()).ConfigureAwait(false), null);
    }

    static async Task KeepLateAsync(Tx tx, Run run, LeaseRef lease, RunEnd late)
    {
        var isNew = await tx.ExecuteAsync(new Statement(
            """
            UPDATE runs SET late_digests = COALESCE(late_digests || ' ', '') || @digest
            WHERE org = @org AND run_id = @run AND strpos(COALESCE(late_digests, ''), @digest) = 0 AND length(COALESCE(late_digests, '')) < @most
            """)
            .Text("org", run.Org).Text("run", run.RunId).Text("digest", late.Digest())
            .Number("most", LateReport.MaxDigestsLength)).ConfigureAwait(false) > 0;
        if (isNew)
        {
            var kept = RunEvents.Late(run, late, RunEvents.Runner(lease.RunnerId), tx.Now);
            await EventLog.AppendAsync(tx, run.Org, run.SessionId, [kept]).ConfigureAwait(false);
        }
    }

    /// <summary>Run, log, session, next attempt or parent's notification, and deliveries, in the transaction that holds their rows.</summary>
    /// <param name="digest">Of the runner's report; null for an end that no report brings, which takes the lease away.</param>
    public static async Task<Run> EndAsync(Tx tx, CoordinatorOptions options, LockedRun locked, RunEnd end, string actor, string? digest)
    {
        var run = await tx.FirstAsync(Update(tx, locked.Run, end, digest), RunRows.Read).ConfigureAwait(false) ?? throw RunErrors.StaleLease();
        tx.Changed(new RunChanged(run));

        var retry = RetryRules.After(locked.Run, end);
        var events = new List<NewEvent> { RunEvents.Ended(run.RunId, end, actor, tx.Now, retry?.RunId) };
        if (await Quarantines.CountAsync(tx, options, locked.Run, end, isTriedAgain: retry is not null).ConfigureAwait(false) is { } quarantine)
        {
            tx.Changed(new AgentQuarantined(quarantine));
            await AuditRows.AppendAsync(tx, quarantine.Org, [QuarantineRules.Act(quarantine)], options.AuditEntries).ConfigureAwait(false);
            events.Add(RunEvents.Quarantined(quarantine));
        }

        if (retry is null && locked.CallsBack is { } parentId && locked.Parent is null)
        {
            events.Add(RunEvents.CallbackDropped(run.RunId, parentId, tx.Now));
        }

        var after = retry is null ? StatusAfter(run.Status) : SessionStatus.Pending;
        var session = (await EventLog.SettleAsync(tx, locked.Session, events, after).ConfigureAwait(false)).Session;
        if (retry is not null)
        {
            // It holds up the parent as this one did, and its end is the one that is told.
            await RunQueue.InsertAsync(
                tx, options, retry, session, run.ParentSessionId, run.HoldsParent ? locked.Parent?.SessionId : null, interrupts: true)
                .ConfigureAwait(false);
        }

        if (locked.Parent is not null)
        {
            await ChildWaits.EndAsync(tx, run).ConfigureAwait(false);
        }

        if (retry is null && locked.CallsBack is not null && locked.Parent is { } parent)
        {
            await Callbacks.AddAsync(tx, run, parent).ConfigureAwait(false);
            await Callbacks.DeliverAsync(tx, options, parent).ConfigureAwait(false);
        }

        if (session.Status == SessionStatus.Pending)
        {
            await NextInQueueAsync(tx, options, run).ConfigureAwait(false);
        }

        // Also beside a run that is only delayed; Deliver itself asks whether the session is idle.
        await Callbacks.DeliverAsync(tx, options, session).ConfigureAwait(false);
        await OfferPlaceAsync(tx, options, run).ConfigureAwait(false);
        return run;
    }

    static SessionStatus StatusAfter(RunStatus end) => end switch
    {
        RunStatus.Completed => SessionStatus.Finished,
        RunStatus.Stopped => SessionStatus.Stopped,
        _ => SessionStatus.Failed,
    };

    static Statement Update(Tx tx, Run run, RunEnd end, string? digest) => new Statement(
        $"""
        {Quarantines.Forget}
        UPDATE runs r SET
            status = @to, reason = @reason, error = @error, exit_code = @exit_code, result_text = @text, result_data = @data, usage = @usage,
            completed_at = @now, lease_until = NULL, token_hash = NULL, waiting_reason = NULL, end_digest = @digest,
            fence = r.fence + CASE WHEN @digest IS NULL THEN 1 ELSE 0 END
        WHERE r.org = @org AND r.run_id = @run AND r.status = @from AND r.fence = @fence
        RETURNING {RunRows.Columns}
        """)
        .Text("org", run.Org).Text("run", run.RunId).Text("from", WireEnum<RunStatus>.Text(run.Status)).Number("fence", run.Fence)
        .Text("to", WireEnum<RunStatus>.Text(end.Status)).Text("reason", end.Reason).Text("error", end.Error)
        .Number("exit_code", end.ExitCode).Text("text", end.ResultText).Text("data", end.ResultData?.GetRawText())
        .Text("usage", end.Usage is null ? null : JsonSerializer.Serialize(end.Usage, CompactJson.Default.RunUsage))
        .Text("digest", digest).Time("now", tx.Now).Text("agent", run.AgentName).Flag("completed", end.Status == RunStatus.Completed);

    // The place that a live run leaves may be what a run waits for that only another runner can take.
    static async Task OfferPlaceAsync(Tx tx, CoordinatorOptions options, Run ended)
    {
        if (ended is { AgentCap: not null, RunnerId: not null })
        {
            await OfferAsync(new Statement(
                """
                SELECT org, run_id, executor FROM runs
                WHERE org = @org AND agent_name = @agent AND status = 'pending' AND rank IS NOT NULL AND agent_cap IS NOT NULL
                ORDER BY rank, place LIMIT 1
                """)
                .Text("org", ended.Org).Text("agent", ended.AgentName)).ConfigureAwait(false);
        }

        if (ended.RunnerId is not null && (options.MaxLiveRuns ?? options.MaxLiveRunsPerOrg) is not null)
        {
            await OfferAsync(new Statement(
                """
                SELECT h.org, h.run_id, h.executor FROM (SELECT DISTINCT org FROM runners WHERE @all OR org = @org) o
                CROSS JOIN LATERAL (
                    SELECT r.org, r.run_id, r.executor FROM runs r
                    WHERE r.org = o.org AND r.status = 'pending' AND r.rank IS NOT NULL ORDER BY r.rank, r.place LIMIT 1) h
                """)
                .Text("org", ended.Org).Flag("all", options.MaxLiveRuns is not null)).ConfigureAwait(false);
        }

        async Task OfferAsync(Statement next)
        {
            var offers = await tx.AllAsync(
                next,
                reader =>
                {
                    var row = new Row(reader);
                    return new RunClaimable(row.Text(), row.Text(), row.TextOrNull());
                }).ConfigureAwait(false);
            offers.ForEach(tx.Changed);
        }
    }

    // What waited for this session waited for no runner: its time to find one begins now.
    static async Task NextInQueueAsync(Tx tx, CoordinatorOptions options, Run ended)
    {
        var next = await tx.FirstAsync(
            new Statement(
                """
                UPDATE runs SET timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE @now + @timeout END
                WHERE org = @org AND run_id = (
                    SELECT run_id FROM runs WHERE org = @org AND session_id = @session AND status = 'pending' AND rank IS NOT NULL
                    ORDER BY position, place LIMIT 1)
                RETURNING run_id, executor
                """)
                .Text("org", ended.Org).Text("session", ended.SessionId).Time("now", tx.Now).Span("timeout", options.NoMatchTimeout),
            reader =>
            {
                var row = new Row(reader);
                return new RunClaimable(ended.Org, row.Text(), row.TextOrNull());
            }).ConfigureAwait(false);
        if (next is not null)
        {
            tx.Changed(next);
        }
    }
}
