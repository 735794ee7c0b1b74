using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Sqlite.Runs;

namespace AgentOrchestrator.Sqlite.Runners;

sealed class SqliteRunnerStore(SqliteDatabase database, CoordinatorOptions options) : IRunnerStore
{
    public Task<Registration> RegisterAsync(Runner runner, TimeSpan freshFor, CancellationToken cancel) =>
        database.WriteAsync(transaction => Register(transaction, runner, freshFor), cancel);

    public Task<Runner?> FindAsync(string org, string runnerId, CancellationToken cancel) =>
        database.ReadAsync(db => RunnerRows.Find(db, org, runnerId), cancel);

    public Task<IReadOnlyList<Runner>> ListAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<Runner>)db.Query($"{RunnerRows.Select} WHERE w.org = ?1 ORDER BY w.registered_at, w.runner_id")
                .Bind(org).All(RunnerRows.Read),
            cancel);

    public Task<bool> TouchAsync(string org, string runnerId, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("UPDATE runners SET last_heartbeat_at = ?3 WHERE org = ?1 AND runner_id = ?2")
                .Bind(org).Bind(runnerId).Bind(transaction.Now).Run() == 1,
            cancel);

    public Task<bool> AskToLeaveAsync(string org, string runnerId, CancellationToken cancel) =>
        database.WriteAsync(
            transaction =>
            {
                var asked = transaction.Db.Query("UPDATE runners SET is_leaving = 1 WHERE org = ?1 AND runner_id = ?2")
                    .Bind(org).Bind(runnerId).Run() == 1;
                if (asked)
                {
                    transaction.Changed(new RunnerSignalled(org, runnerId));
                    transaction.Changed(new RunnerChanged(org, runnerId));
                }

                return asked;
            },
            cancel);

    public Task<bool> RemoveAsync(string org, string runnerId, CancellationToken cancel) =>
        database.WriteAsync(transaction => Remove(transaction, org, runnerId), cancel);

    public Task<int> RemoveSilentAsync(TimeSpan silence, int limit, CancellationToken cancel) =>
        database.WriteAsync(
            transaction =>
            {
                var removed = transaction.Db.Query("""
                    DELETE FROM runners WHERE (org, runner_id) IN (
                        SELECT w.org, w.runner_id FROM runners w WHERE w.last_heartbeat_at < ?1 AND NOT EXISTS (
                            SELECT 1 FROM runs r WHERE r.org = w.org AND r.runner_id = w.runner_id AND r.completed_at IS NULL)
                        LIMIT ?2)
                    RETURNING org, runner_id
                    """).Bind(transaction.Now - silence).Bind(limit).All(row => new RunnerChanged(row.Text(), row.Text()));
                removed.ForEach(transaction.Changed);
                return removed.Count;
            },
            cancel);

    Registration Register(WriteTransaction transaction, Runner runner, TimeSpan freshFor)
    {
        var holder = RunnerRows.Find(transaction.Db, runner.Org, runner.RunnerId);
        var isSame = holder?.InstanceId is not null && holder.InstanceId == runner.InstanceId && holder.RegisteredBy == runner.RegisteredBy;
        if (holder is not null && !isSame)
        {
            if (transaction.Now - holder.LastHeartbeatAt < holder.FreshFor(freshFor))
            {
                return new Registration(Registered: null, holder);
            }

            EndLeases(transaction, holder);
        }

        if (holder is null)
        {
            RequireRoom(transaction.Db, runner.Org);
        }

        RunnerRows.Write(
            transaction.Db,
            runner with
            {
                RegisteredAt = transaction.Now,
                LastHeartbeatAt = transaction.Now,
                IsLeaving = false,
                LapsedClaims = holder?.LapsedClaims ?? 0,
            });
        transaction.Changed(new RunnerSignalled(runner.Org, runner.RunnerId));
        transaction.Changed(new RunnerChanged(runner.Org, runner.RunnerId));
        return new Registration(RunnerRows.Find(transaction.Db, runner.Org, runner.RunnerId), Holder: null);
    }

    void RequireRoom(Connection db, string org)
    {
        using var count = db.Query("SELECT count(*) FROM runners WHERE org = ?1").Bind(org);
        count.Read();
        if (count.Long() >= options.MaxRunners)
        {
            throw RunErrors.TooManyRunners(options);
        }
    }

    // The next round of the reaper ends these runs; until then no report of the old instance counts.
    static void EndLeases(WriteTransaction transaction, Runner holder) =>
        transaction.Db.Query("""
            UPDATE runs SET fence = fence + 1, lease_until = NULL WHERE org = ?1 AND runner_id = ?2 AND completed_at IS NULL
            """).Bind(holder.Org).Bind(holder.RunnerId).Run();

    bool Remove(WriteTransaction transaction, string org, string runnerId)
    {
        var isRegistered = transaction.Db.Query("DELETE FROM runners WHERE org = ?1 AND runner_id = ?2").Bind(org).Bind(runnerId).Run() == 1;
        if (!isRegistered)
        {
            return false;
        }

        var unstarted = transaction.Db.Query($"""
            {RunRows.Select} WHERE r.org = ?1 AND r.runner_id = ?2 AND r.status = 'claimed' AND r.completed_at IS NULL ORDER BY r.place
            """).Bind(org).Bind(runnerId).All(RunRows.Read);
        foreach (var run in unstarted)
        {
            RunClaims.Requeue(transaction, options, run, "the runner left before it started the run", RunEvents.Runner(runnerId));
        }

        transaction.Changed(new RunnerChanged(org, runnerId));
        return true;
    }
}
