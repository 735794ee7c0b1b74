using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

sealed class SqliteRunStore(SqliteDatabase database, CoordinatorOptions options) : IRunStore
{
    // A list is read in pages, so that a slow consumer holds no snapshot. Runs carry prompts: fewer than of sessions.
    const int PageLength = 100;

    // The writer works in the order of arrival: a storm of ends must not stand before everybody else.
    readonly Turnstile _callingBack = new(options.MaxCallbacksAtOnce);

    public Task<Outcome<Run>> EnqueueAsync(NewRun run, IdempotencyKey? key, CancellationToken cancel) =>
        database.AddAsync(
            transaction => IdempotencyKeys.Once(
                transaction, key, OutcomeJson.Default.Run, () => RunQueue.Enqueue(transaction, options, run)),
            cancel);

    public Task<Run?> FindAsync(string org, string runId, CancellationToken cancel) =>
        database.ReadAsync(db => RunRows.Find(db, org, runId), cancel);

    public async IAsyncEnumerable<Run> ListAsync(string org, RunQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (after, left) = (query.After, query.Limit ?? int.MaxValue);
        while (left > 0)
        {
            var length = Math.Min(left, PageLength);
            var page = await database.ReadAsync(db => ReadPage(db, org, query, after, length), cancel).ConfigureAwait(false);
            foreach (var run in page)
            {
                yield return run;
            }

            if (page.Count < length)
            {
                yield break;
            }

            left -= length;
            after = new PageKey(page[^1].CreatedAt, page[^1].RunId);
        }
    }

    public async Task<ClaimedRun?> ClaimAsync(ClaimRequest request, CancellationToken cancel)
    {
        try
        {
            return await database.AddAsync(transaction => RunClaims.Take(transaction, options, request), cancel).ConfigureAwait(false);
        }
        catch (ProductException full) when (full.Code is ErrorCode.StorageFull)
        {
            // Nothing is begun then; the poll goes on, as it also brings stops.
            return null;
        }
    }

    public async Task ReleaseAsync(LeaseRef lease, CancellationToken cancel) =>
        await database.WriteAsync(
            transaction =>
            {
                var run = RunRows.Find(transaction.Db, lease.Org, lease.RunId);
                if (run is { Status: RunStatus.Claimed } && run.RunnerId == lease.RunnerId && (lease.Fence ?? run.Fence) == run.Fence)
                {
                    RunClaims.GiveBack(transaction, options, run, "the claim's answer did not reach the runner");
                }

                return run;
            },
            cancel).ConfigureAwait(false);

    public Task<Run> StartAsync(LeaseRef lease, string? executorSessionId, string? executorType, CancellationToken cancel) =>
        database.WriteAsync(transaction => RunStarts.Start(transaction, options, lease, executorSessionId, executorType), cancel);

    public Task<long> AppendOutputAsync(LeaseRef lease, long firstOrdinal, IReadOnlyList<NewEvent> events, CancellationToken cancel)
    {
        database.Stage(events);
        return database.WriteAsync(transaction => RunOutput.Append(transaction, lease, firstOrdinal, events), cancel);
    }

    public async Task<Run> EndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel) =>
        await database.ReadAsync(db => Callbacks.IsCausedBy(db, lease), cancel).ConfigureAwait(false)
            ? await _callingBack.PassAsync(() => ReportEndAsync(lease, end, cancel), cancel).ConfigureAwait(false)
            : await ReportEndAsync(lease, end, cancel).ConfigureAwait(false);

    async Task<Run> ReportEndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel)
    {
        var (run, refusal) = await database.WriteAsync(
            transaction => RunEnds.Report(transaction, options, lease, end), cancel).ConfigureAwait(false);
        return refusal is null ? run : throw refusal;
    }

    public Task<StopOutcome?> StopAsync(string org, string runId, string actor, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => RunRows.Find(transaction.Db, org, runId) is { } run
                ? RunStops.StopRun(transaction, options, run, actor)
                : null,
            cancel);

    public Task<SessionStopOutcome?> StopSessionAsync(
        string org, string idOrName, string actor, bool wholeTree, CancellationToken cancel) =>
        database.WriteAsync(transaction => RunStops.StopSession(transaction, options, org, idOrName, actor, wholeTree), cancel);

    public Task<RenewedLeases> RenewAsync(string org, string runnerId, IReadOnlyList<Protocol.Runners.RunFence>? runs, CancellationToken cancel) =>
        database.WriteAsync(transaction => Leases.Renew(transaction, options, org, runnerId, runs), cancel);

    public Task<IReadOnlyList<string>> TakeStopsAsync(string org, string runnerId, CancellationToken cancel) =>
        database.WriteAsync(transaction => Leases.TakeStops(transaction, org, runnerId), cancel);

    public async Task<Run?> FindByTokenAsync(string tokenHash, CancellationToken cancel)
    {
        var now = WireTime.Truncate(database.Time.GetUtcNow());
        return await database.ReadAsync(
            db => db.Query($"{RunRows.Select} WHERE r.token_hash = ?1 AND r.completed_at IS NULL AND r.lease_until > ?2")
                .Bind(tokenHash).Bind(now).First(RunRows.Read),
            cancel).ConfigureAwait(false);
    }

    public Task<DueCounts> TakeDueAsync(int limit, CancellationToken cancel) =>
        database.WriteAsync(transaction => DueRuns.Take(transaction, options, limit), cancel);

    public Task<RunLoad> ReadLoadAsync(string org, CancellationToken cancel) => database.ReadAsync(
        db =>
        {
            using var totals = db.Query($"""
                SELECT count(*), COALESCE(sum(m.org = ?1), 0) FROM runs m INDEXED BY runs_held WHERE {RunRows.Counted}
                """).Bind(org);
            totals.Read();
            var (live, ofOrg) = (totals.Int(), totals.Int());
            var byAgent = db.Query($"""
                SELECT m.agent_name, count(*) FROM runs m INDEXED BY runs_capped
                WHERE m.org = ?1 AND m.agent_cap IS NOT NULL AND m.agent_name IS NOT NULL AND {RunRows.Counted} GROUP BY m.agent_name
                """).Bind(org).All(row => KeyValuePair.Create(row.Text(), row.Int()));
            return new RunLoad(live, ofOrg, new Dictionary<string, int>(byAgent), [.. Quarantines.List(db, org).Select(held => held.Agent)]);
        },
        cancel);

    public Task<ReapCounts> ReapAsync(int limit, CancellationToken cancel) =>
        database.WriteAsync(transaction => Reaping.Reap(transaction, options, limit), cancel);

    public Task<DateTimeOffset> ReadClockAsync(CancellationToken cancel) => Task.FromResult(database.Now);

    public Task FollowClockAsync(ClockJump jump, CancellationToken cancel) => database.WriteAsync(
        transaction =>
        {
            Deadlines.Follow(transaction, jump);
            Leases.GrantAnew(transaction, options);
            return true;
        },
        cancel);

    public Task<ReapCounts> RecoverAsync(RecoveryMode mode, CancellationToken cancel) =>
        database.WriteAsync(transaction => Reaping.Recover(transaction, options, mode), cancel);

    public Task<RunBacklog> MeasureAsync(CancellationToken cancel) => database.ReadAsync(Backlog.Measure, cancel);

    // The run that ended the page before may be gone: then those after it in time come next.
    const string AfterKey = """
        CASE WHEN ?3 IS NULL THEN 0 ELSE COALESCE(
            (SELECT a.place FROM runs a WHERE a.org = ?1 AND a.run_id = ?3),
            (SELECT a.place FROM runs a WHERE a.org = ?1 AND a.created_at <= ?2 ORDER BY a.place DESC LIMIT 1), 0) END
        """;

    const string OnlyThese = """
        (?4 IS NULL OR r.status = ?4 OR (?4 = 'running' AND r.status = 'waiting'))
            AND (?6 IS NULL OR r.agent_name = ?6 COLLATE NOCASE) AND (?7 IS NULL OR r.runner_id = ?7)
        """;

    public Task<SessionUsage> SumUsageAsync(string org, string sessionId, CancellationToken cancel) =>
        database.ReadAsync(db => UsageSums.Sum(db, org, sessionId), cancel);

    static List<Run> ReadPage(Connection db, string org, RunQuery query, PageKey? after, int length)
    {
        // A session's runs are few, and stand together in an index of their own.
        var page = query.SessionId is null
            ? db.Query($"{RunRows.Select} WHERE r.org = ?1 AND r.place > {AfterKey} AND {OnlyThese} ORDER BY r.place LIMIT ?5")
            : db.Query($"""
                {RunRows.Select}
                WHERE r.session_place = (SELECT o.place FROM sessions o WHERE o.org = ?1 AND o.session_id = ?8) AND r.place > {AfterKey} AND {OnlyThese} ORDER BY r.place LIMIT ?5
                """);
        page.Bind(org).Bind(after?.CreatedAt).Bind(after?.Id)
            .BindWord(query.Status).Bind(length).Bind(query.AgentName).Bind(query.RunnerId);
        return (query.SessionId is { } session ? page.Bind(session) : page).All(RunRows.Read);
    }
}
