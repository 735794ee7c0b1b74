using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using RunFence = AgentOrchestrator.Protocol.Runners.RunFence;

namespace AgentOrchestrator.Postgres.Runs;

sealed class PostgresRunStore(PostgresDatabase database, CoordinatorOptions options) : IRunStore
{
    readonly Reaping _reaping = new(database, options);
    readonly DueRuns _due = new(database, options);

    // Ends of children wait for their parent's row, each with a connection: they must not take all.
    readonly Turnstile _callingBack = new(options.MaxCallbacksAtOnce);

    public async Task<Outcome<Run>> EnqueueAsync(NewRun run, IdempotencyKey? key, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(
                    tx => IdempotencyKeys.OnceAsync(tx, key, OutcomeJson.Default.Run, () => RunQueue.EnqueueAsync(tx, options, run)),
                    cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (Failures.IsTaken(failure, RunQueue.IdConstraint))
            {
                run = run with { RunId = Ids.NewRun() };
            }
        }
    }

    public Task<Run?> FindAsync(string org, string runId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(RunRows.Find(org, runId), RunRows.Read)!, cancel);

    public IAsyncEnumerable<Run> ListAsync(string org, RunQuery query, CancellationToken cancel)
    {
        var sql = new StringBuilder($"SELECT {RunRows.Columns} FROM runs r WHERE r.org = @org");
        if (query.Status is not null)
        {
            sql.Append(" AND (r.status = @status OR (@status = 'running' AND r.status = 'waiting'))");
        }

        if (query.SessionId is not null)
        {
            sql.Append(" AND r.session_id = @session");
        }

        if (query.AgentName is not null)
        {
            sql.Append(" AND lower(r.agent_name) = @agent");
        }

        if (query.RunnerId is not null)
        {
            sql.Append(" AND r.runner_id = @runner");
        }

        if (query.After is not null)
        {
            // The run that ended the page before may be gone: then those after it in time come next.
            sql.Append("""
                 AND r.place > COALESCE(
                    (SELECT a.place FROM runs a WHERE a.org = @org AND a.run_id = @after_id),
                    (SELECT a.place FROM runs a WHERE a.org = @org AND a.created_at <= @after ORDER BY a.place DESC LIMIT 1), 0)
                """);
        }

        sql.Append(" ORDER BY r.place LIMIT @limit");
        var statement = new Statement(sql.ToString()).Text("org", org).Number("limit", query.Limit);
        if (query.Status is { } status)
        {
            statement.Text("status", WireEnum<RunStatus>.Text(status));
        }

        if (query.SessionId is { } session)
        {
            statement.Text("session", session);
        }

        if (query.AgentName is { } agent)
        {
            statement.Text("agent", agent.ToLowerInvariant());
        }

        if (query.RunnerId is { } runner)
        {
            statement.Text("runner", runner);
        }

        if (query.After is { } after)
        {
            statement.Time("after", after.CreatedAt).Text("after_id", after.Id);
        }

        return database.StreamAsync(statement, RunRows.Read, cancel);
    }

    public async Task<ClaimedRun?> ClaimAsync(ClaimRequest request, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(tx => RunClaims.ClaimAsync(tx, options, request), cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (Failures.IsTaken(failure, RunClaims.OneLive))
            {
                // Another claim of the same session was first; there may be another run.
            }
        }
    }

    public Task ReleaseAsync(LeaseRef lease, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var locked = await LockedRun.FindAsync(tx, lease.Org, lease.RunId, withParent: true).ConfigureAwait(false);
            if (locked is { Run.Status: RunStatus.Claimed } && locked.IsOf(lease))
            {
                await Leases.GiveBackAsync(tx, options, locked, "the claim's answer did not reach the runner").ConfigureAwait(false);
            }

            return true;
        },
        cancel);

    public Task<Run> StartAsync(LeaseRef lease, string? executorSessionId, string? executorType, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                var locked = await LockedRun.TakeAsync(tx, lease.Org, lease.RunId, withParent: false).ConfigureAwait(false);
                return await RunStarts.StartAsync(tx, options, locked, lease, executorSessionId, executorType).ConfigureAwait(false);
            },
            cancel);

    public Task<long> AppendOutputAsync(LeaseRef lease, long firstOrdinal, IReadOnlyList<NewEvent> events, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                var locked = await LockedRun.TakeAsync(tx, lease.Org, lease.RunId, withParent: false).ConfigureAwait(false);
                if (locked.HasEnded && locked.EndDigest is not null && locked.IsOf(lease) && firstOrdinal + events.Count <= locked.NextOrdinal)
                {
                    return locked.NextOrdinal;
                }

                locked.RequireLease(lease);
                return await RunOutput.AppendAsync(tx, locked, firstOrdinal, events).ConfigureAwait(false);
            },
            cancel);

    public async Task<Run> EndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel) =>
        await CallsBackAsync(lease, cancel).ConfigureAwait(false)
            ? await _callingBack.PassAsync(() => ReportEndAsync(lease, end, cancel), cancel).ConfigureAwait(false)
            : await ReportEndAsync(lease, end, cancel).ConfigureAwait(false);

    Task<bool> CallsBackAsync(LeaseRef lease, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                """
                SELECT parent_session_id IS NOT NULL AND execution_mode = 'async_callback' FROM runs WHERE org = @org AND run_id = @run
                """)
                .Text("org", lease.Org).Text("run", lease.RunId),
            row => row.GetBoolean(0)),
        cancel);

    async Task<Run> ReportEndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel)
    {
        var (run, refusal) = await database.WriteAsync(tx => RunEnds.ReportAsync(tx, options, lease, end), cancel).ConfigureAwait(false);
        return refusal is null ? run : throw refusal;
    }

    public Task<StopOutcome?> StopAsync(string org, string runId, string actor, CancellationToken cancel) =>
        database.WriteAsync(tx => RunStops.StopRunAsync(tx, options, org, runId, actor), cancel);

    public Task<SessionStopOutcome?> StopSessionAsync(
        string org, string idOrName, string actor, bool wholeTree, CancellationToken cancel) =>
        database.WriteAsync(tx => RunStops.StopSessionAsync(tx, options, org, idOrName, actor, wholeTree), cancel);

    public Task<RenewedLeases> RenewAsync(string org, string runnerId, IReadOnlyList<RunFence>? runs, CancellationToken cancel) =>
        database.WriteAsync(tx => Leases.RenewAsync(tx, options, org, runnerId, runs), cancel);

    public Task<IReadOnlyList<string>> TakeStopsAsync(string org, string runnerId, CancellationToken cancel) =>
        database.WriteAsync(tx => Leases.TakeStopsAsync(tx, org, runnerId), cancel);

    public Task<Run?> FindByTokenAsync(string tokenHash, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                $"""
                SELECT {RunRows.Columns} FROM runs r
                WHERE r.token_hash = @hash AND r.lease_until > {Statement.Clock}
                """)
                .Text("hash", tokenHash).Time("now", reads.NowOrNull),
            RunRows.Read)!,
        cancel);

    public Task<DueCounts> TakeDueAsync(int limit, CancellationToken cancel) => _due.TakeAsync(limit, cancel);

    public Task<RunLoad> ReadLoadAsync(string org, CancellationToken cancel) => database.ReadAsync(
        async reads =>
        {
            var (live, ofOrg) = await reads.FirstAsync(
                new Statement($"SELECT count(*), count(*) FILTER (WHERE m.org = @org) FROM runs m WHERE {RunRows.Counted}").Text("org", org),
                row => ((int)row.GetInt64(0), (int)row.GetInt64(1))).ConfigureAwait(false);
            var byAgent = await reads.AllAsync(
                new Statement(
                    $"""
                    SELECT m.agent_name, count(*) FROM runs m
                    WHERE m.org = @org AND m.agent_cap IS NOT NULL AND m.agent_name IS NOT NULL AND {RunRows.Counted} GROUP BY m.agent_name
                    """)
                    .Text("org", org),
                row => KeyValuePair.Create(row.GetString(0), (int)row.GetInt64(1))).ConfigureAwait(false);
            var held = await Quarantines.ListAsync(reads, org).ConfigureAwait(false);
            return new RunLoad(live, ofOrg, new Dictionary<string, int>(byAgent), [.. held.Select(quarantine => quarantine.Agent)]);
        },
        cancel);

    public async Task<DateTimeOffset> ReadClockAsync(CancellationToken cancel) => database.TestTime ?? await database.ReadAsync(
        reads => reads.FirstAsync(new Statement("SELECT clock_timestamp()"), row => new Row(row).Time()), cancel).ConfigureAwait(false);

    public Task FollowClockAsync(ClockJump jump, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            if (await Deadlines.TryFollowAsync(tx, jump).ConfigureAwait(false))
            {
                await Leases.GrantAnewAsync(tx, options).ConfigureAwait(false);
            }

            return true;
        },
        cancel);

    public Task<ReapCounts> ReapAsync(int limit, CancellationToken cancel) => _reaping.ReapAsync(limit, cancel);

    public Task<ReapCounts> RecoverAsync(RecoveryMode mode, CancellationToken cancel) => _reaping.RecoverAsync(mode, cancel);

    public Task<RunBacklog> MeasureAsync(CancellationToken cancel) => database.ReadAsync(Backlog.MeasureAsync, cancel);

    public Task<SessionUsage> SumUsageAsync(string org, string sessionId, CancellationToken cancel) =>
        database.ReadAsync(reads => UsageSums.SumAsync(reads, org, sessionId), cancel);
}
