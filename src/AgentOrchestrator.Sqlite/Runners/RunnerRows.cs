using AgentOrchestrator.Coordinator.Runners;

namespace AgentOrchestrator.Sqlite.Runners;

/// <summary>Rows of the runners table: how they are found and read.</summary>
static class RunnerRows
{
    public const string Select = """
        SELECT w.org, w.runner_id, w.hostname, w.project_dir, w.executor_type, w.executors, w.tags, w.instance_id,
            w.registered_by, w.keeps_leases, w.acknowledges_claims, w.lease, w.max_concurrent, w.registered_at, w.last_heartbeat_at, w.is_leaving, w.lapsed_claims,
            (SELECT count(*) FROM runs r WHERE r.org = w.org AND r.runner_id = w.runner_id AND r.completed_at IS NULL)
        FROM runners w
        """;

    public static Runner? Find(Connection db, string org, string runnerId) =>
        db.Query($"{Select} WHERE w.org = ?1 AND w.runner_id = ?2").Bind(org).Bind(runnerId).First(Read);

    public static void Write(Connection db, Runner runner) => db.Query("""
        INSERT OR REPLACE INTO runners (org, runner_id, hostname, project_dir, executor_type, executors, tags, instance_id,
            registered_by, keeps_leases, acknowledges_claims, lease, max_concurrent, registered_at, last_heartbeat_at, is_leaving, lapsed_claims)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
        """)
        .Bind(runner.Org).Bind(runner.RunnerId).Bind(runner.Hostname).Bind(runner.ProjectDir).Bind(runner.ExecutorType)
        .Bind(JsonArray.Of(runner.Executors)).Bind(JsonArray.Of(runner.Tags)).Bind(runner.InstanceId)
        .Bind(runner.RegisteredBy).Bind(runner.KeepsLeases).Bind(runner.AcknowledgesClaims).Bind(runner.Lease).Bind(runner.MaxConcurrent)
        .Bind(runner.RegisteredAt).Bind(runner.LastHeartbeatAt).Bind(runner.IsLeaving).Bind(runner.LapsedClaims)
        .Run();

    public static Runner Read(Statement row) => new()
    {
        Org = row.Text(),
        RunnerId = row.Text(),
        Hostname = row.TextOrNull(),
        ProjectDir = row.TextOrNull(),
        ExecutorType = row.TextOrNull(),
        Executors = JsonArray.Read(row.Text()),
        Tags = JsonArray.Read(row.Text()),
        InstanceId = row.TextOrNull(),
        RegisteredBy = row.TextOrNull(),
        KeepsLeases = row.Bool(),
        AcknowledgesClaims = row.Bool(),
        Lease = row.Duration(),
        MaxConcurrent = row.IntOrNull(),
        RegisteredAt = row.Instant(),
        LastHeartbeatAt = row.Instant(),
        IsLeaving = row.Bool(),
        LapsedClaims = row.Long(),
        LiveRuns = row.Int(),
    };
}
