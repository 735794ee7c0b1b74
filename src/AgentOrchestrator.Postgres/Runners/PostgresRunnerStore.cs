using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Runs;
using AgentOrchestrator.Postgres.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runners;

sealed class PostgresRunnerStore(PostgresDatabase database, CoordinatorOptions options) : IRunnerStore
{
    const string Columns =
        $"""
        w.org, w.runner_id, w.hostname, w.project_dir, w.executor_type, w.executors, w.tags, w.instance_id,
        w.registered_by, w.keeps_leases, w.acknowledges_claims, w.lease, w.max_concurrent, w.registered_at, w.last_heartbeat_at, w.is_leaving, w.lapsed_claims,
        (SELECT count(*)::integer FROM runs r WHERE r.org = w.org AND r.runner_id = w.runner_id AND r.status IN {RunRows.Live})
        """;

    public Task<Registration> RegisterAsync(Runner runner, TimeSpan freshFor, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            if (await InsertAsync(tx, runner).ConfigureAwait(false) is { } added)
            {
                await RequireRoomAsync(tx, runner.Org).ConfigureAwait(false);
                tx.Changed(new RunnerChanged(runner.Org, runner.RunnerId));
                return new Registration(added, Holder: null);
            }

            var holder = (await tx.FirstAsync(
                Of($"SELECT {Columns} FROM runners w WHERE w.org = @org AND w.runner_id = @runner FOR UPDATE OF w", runner), Read)
                .ConfigureAwait(false))!;
            var isSame = holder.InstanceId is not null && holder.InstanceId == runner.InstanceId && holder.RegisteredBy == runner.RegisteredBy;
            if (!isSame && tx.Now - holder.LastHeartbeatAt < holder.FreshFor(freshFor))
            {
                return new Registration(Registered: null, holder);
            }

            if (!isSame)
            {
                await EndLeasesAsync(tx, runner).ConfigureAwait(false);
            }

            var taken = await UpdateAsync(tx, runner).ConfigureAwait(false);
            tx.Changed(new RunnerSignalled(runner.Org, runner.RunnerId));
            tx.Changed(new RunnerChanged(runner.Org, runner.RunnerId));
            return new Registration(taken, Holder: null);
        },
        cancel);

    public Task<Runner?> FindAsync(string org, string runnerId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            Of($"SELECT {Columns} FROM runners w WHERE w.org = @org AND w.runner_id = @runner", org, runnerId), Read)!,
        cancel);

    public async Task<IReadOnlyList<Runner>> ListAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {Columns} FROM runners w WHERE w.org = @org ORDER BY w.registered_at, w.runner_id").Text("org", org), Read),
        cancel).ConfigureAwait(false);

    public async Task<bool> TouchAsync(string org, string runnerId, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(Of(
            """
            UPDATE runners SET last_heartbeat_at = COALESCE(@now, clock_timestamp())
            WHERE org = @org AND runner_id = @runner
            """,
            org,
            runnerId).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false) == 1;

    public Task<bool> AskToLeaveAsync(string org, string runnerId, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var isAsked = await tx.ExecuteAsync(
                Of("UPDATE runners SET is_leaving = true WHERE org = @org AND runner_id = @runner", org, runnerId)).ConfigureAwait(false) == 1;
            if (isAsked)
            {
                tx.Changed(new RunnerChanged(org, runnerId));
                tx.Changed(new RunnerSignalled(org, runnerId));
            }

            return isAsked;
        },
        cancel);

    public Task<bool> RemoveAsync(string org, string runnerId, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            // Deleted first, so that no claim of this runner comes in between.
            var removed = await tx.ExecuteAsync(
                Of("DELETE FROM runners WHERE org = @org AND runner_id = @runner", org, runnerId)).ConfigureAwait(false);
            if (removed == 0)
            {
                return false;
            }

            await RequeueClaimsAsync(tx, org, runnerId).ConfigureAwait(false);
            tx.Changed(new RunnerChanged(org, runnerId));
            tx.Changed(new RunnerSignalled(org, runnerId));
            return true;
        },
        cancel);

    public Task<int> RemoveSilentAsync(TimeSpan silence, int limit, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var removed = await tx.AllAsync(
                new Statement(
                    $"""
                    WITH silent AS MATERIALIZED (
                        SELECT w.org, w.runner_id FROM runners w
                        WHERE w.last_heartbeat_at < {Statement.Clock} - @silence AND NOT EXISTS (
                            SELECT 1 FROM runs r WHERE r.org = w.org AND r.runner_id = w.runner_id AND r.status IN {RunRows.Live})
                        ORDER BY w.org, w.runner_id LIMIT @limit FOR UPDATE OF w SKIP LOCKED
                    )
                    DELETE FROM runners w USING silent s WHERE w.org = s.org AND w.runner_id = s.runner_id
                    RETURNING w.org, w.runner_id
                    """)
                    .Time("now", tx.NowOrNull).Span("silence", silence).Number("limit", limit),
                row => new RunnerChanged(row.GetString(0), row.GetString(1))).ConfigureAwait(false);
            removed.ForEach(tx.Changed);
            return removed.Count;
        },
        cancel);

    // Of registrations at one moment a few too many may be let in.
    async Task RequireRoomAsync(Tx tx, string org)
    {
        var count = await tx.FirstAsync(
            new Statement("SELECT count(*) FROM runners WHERE org = @org").Text("org", org), row => row.GetInt64(0)).ConfigureAwait(false);
        if (count > options.MaxRunners)
        {
            throw RunErrors.TooManyRunners(options);
        }
    }

    static Task<Runner?> InsertAsync(Tx tx, Runner runner) => tx.FirstAsync(
        Values(
            $"""
            INSERT INTO runners AS w
                (org, runner_id, hostname, project_dir, executor_type, executors, tags, instance_id,
                 registered_by, keeps_leases, acknowledges_claims, lease, max_concurrent, registered_at, last_heartbeat_at)
            VALUES (@org, @runner, @host, @dir, @executor, @executors, @tags, @instance, @by, @keeps, @acknowledges, @lease, @max,
                COALESCE(@now, clock_timestamp()), COALESCE(@now, clock_timestamp()))
            ON CONFLICT DO NOTHING RETURNING {Columns}
            """,
            tx,
            runner),
        Read)!;

    static Task<Runner?> UpdateAsync(Tx tx, Runner runner) => tx.FirstAsync(
        Values(
            $"""
            UPDATE runners w SET
                hostname = @host, project_dir = @dir, executor_type = @executor, executors = @executors, tags = @tags, instance_id = @instance,
                registered_by = @by, keeps_leases = @keeps, acknowledges_claims = @acknowledges, lease = @lease, max_concurrent = @max, is_leaving = false,
                registered_at = @now, last_heartbeat_at = @now
            WHERE w.org = @org AND w.runner_id = @runner RETURNING {Columns}
            """,
            tx,
            runner),
        Read)!;

    // The statuses stay, so that no session needs to be locked: the reaper finds live runs without a lease and ends them.
    static Task<int> EndLeasesAsync(Tx tx, Runner runner) => tx.ExecuteAsync(Of(
        $"""
        UPDATE runs r SET fence = r.fence + 1, lease_until = NULL, token_hash = NULL
        WHERE r.org = @org AND r.run_id IN (
            SELECT l.run_id FROM runs l WHERE l.org = @org AND l.runner_id = @runner AND l.status IN {RunRows.Live}
            ORDER BY l.run_id FOR NO KEY UPDATE)
        """,
        runner));

    async Task RequeueClaimsAsync(Tx tx, string org, string runnerId)
    {
        var claims = Of(
            $"SELECT {RunRows.Columns} FROM runs r WHERE r.org = @org AND r.runner_id = @runner AND r.status = 'claimed'", org, runnerId);
        var sessions = Of(
            $"""
            SELECT {SessionRows.Columns} FROM sessions s WHERE s.org = @org AND s.session_id = ANY (ARRAY(
                SELECT r.session_id FROM runs r WHERE r.org = @org AND r.runner_id = @runner AND r.status = 'claimed'))
            ORDER BY s.session_id FOR NO KEY UPDATE OF s
            """,
            org,
            runnerId);
        var (locked, runs) = await tx.BothAsync(sessions, SessionRows.Read, claims, RunRows.Read).ConfigureAwait(false);
        foreach (var session in locked)
        {
            SessionRows.Held(tx, session);
        }

        foreach (var run in runs)
        {
            await Leases.RequeueAsync(
                tx, options, new LockedRun(run, null, 0, locked.Single(session => session.SessionId == run.SessionId), Parent: null),
                "the runner left", RunEvents.Runner(runnerId)).ConfigureAwait(false);
        }
    }

    static Statement Values(string sql, Tx tx, Runner runner) => Of(sql, runner)
        .Text("host", runner.Hostname).Text("dir", runner.ProjectDir).Text("executor", runner.ExecutorType)
        .Texts("executors", runner.Executors).Texts("tags", runner.Tags).Text("instance", runner.InstanceId)
        .Text("by", runner.RegisteredBy).Flag("keeps", runner.KeepsLeases).Flag("acknowledges", runner.AcknowledgesClaims).Span("lease", runner.Lease).Number("max", runner.MaxConcurrent)
        .Time("now", tx.NowOrNull);

    static Statement Of(string sql, Runner runner) => Of(sql, runner.Org, runner.RunnerId);

    static Statement Of(string sql, string org, string runnerId) => new Statement(sql).Text("org", org).Text("runner", runnerId);

    static Runner Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new Runner
        {
            Org = row.Text(),
            RunnerId = row.Text(),
            Hostname = row.TextOrNull(),
            ProjectDir = row.TextOrNull(),
            ExecutorType = row.TextOrNull(),
            Executors = row.Texts(),
            Tags = row.Texts(),
            InstanceId = row.TextOrNull(),
            RegisteredBy = row.TextOrNull(),
            KeepsLeases = row.Flag(),
            AcknowledgesClaims = row.Flag(),
            Lease = row.Span(),
            MaxConcurrent = row.IntOrNull(),
            RegisteredAt = row.Time(),
            LastHeartbeatAt = row.Time(),
            IsLeaving = row.Flag(),
            LapsedClaims = row.Number(),
            LiveRuns = row.Int(),
        };
    }
}
