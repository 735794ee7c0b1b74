using AgentOrchestrator.Coordinator.Skills;
using Npgsql;

namespace AgentOrchestrator.Postgres.Skills;

sealed class PostgresSkillExecutionStore(PostgresDatabase database) : ISkillExecutionStore
{
    const string Columns = "org, execution_id, skill, agent, run_id, session_id, actor, started_at, body";

    public async Task NoteAsync(SkillExecutionRecord execution, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            INSERT INTO skill_executions ({Columns}, noted_at)
            VALUES (@org, @id, @skill, @agent, @run, @session, @actor, @started, @body, {Statement.Clock})
            """)
            .Text("org", execution.Org).Text("id", execution.ExecutionId).Text("skill", execution.Skill).Text("agent", execution.Agent)
            .Text("run", execution.RunId).Text("session", execution.SessionId).Text("actor", execution.Actor).Time("started", execution.StartedAt)
            .Text("body", execution.Body).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false);

    public Task<NotedSkillExecution?> FindAsync(string org, string executionId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement($"SELECT seq, {Columns} FROM skill_executions WHERE org = @org AND execution_id = @id ORDER BY seq DESC LIMIT 1")
                .Text("org", org).Text("id", executionId),
            Read)!,
        cancel);

    public async Task<IReadOnlyList<NotedSkillExecution>> ListAsync(
        string org, SkillExecutionFilter filter, long? beforeSeq, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(
                $"""
                SELECT seq, {Columns} FROM skill_executions WHERE org = @org AND seq < @before
                AND (@skill::text IS NULL OR lower(skill) = lower(@skill)) AND (@agent::text IS NULL OR lower(agent) = lower(@agent))
                AND (@run::text IS NULL OR run_id = @run) ORDER BY seq DESC LIMIT @limit
                """)
                .Text("org", org).Number("before", beforeSeq ?? long.MaxValue).Text("skill", filter.Skill).Text("agent", filter.Agent)
                .Text("run", filter.RunId).Number("limit", limit),
            Read),
        cancel).ConfigureAwait(false);

    public Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel) => database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            DELETE FROM skill_executions WHERE seq IN (
                SELECT seq FROM skill_executions WHERE noted_at < {Statement.Clock} - @age ORDER BY noted_at LIMIT @limit FOR UPDATE SKIP LOCKED)
            """)
            .Span("age", age).Number("limit", limit).Time("now", tx.NowOrNull)),
        cancel);

    static NotedSkillExecution Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new NotedSkillExecution(
            row.Number(),
            new SkillExecutionRecord(row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.TextOrNull(), row.Text(), row.Time(), row.Text()));
    }
}
