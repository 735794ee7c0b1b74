using AgentOrchestrator.Coordinator.Skills;

namespace AgentOrchestrator.Sqlite.Skills;

sealed class SqliteSkillExecutionStore(SqliteDatabase database) : ISkillExecutionStore
{
    const string Columns = "org, execution_id, skill, agent, run_id, session_id, actor, started_at, body";

    public async Task NoteAsync(SkillExecutionRecord execution, CancellationToken cancel) =>
        await database.AddAsync(
            transaction => transaction.Db.Query($"INSERT INTO skill_executions ({Columns}, noted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
                .Bind(execution.Org).Bind(execution.ExecutionId).Bind(execution.Skill).Bind(execution.Agent).Bind(execution.RunId).Bind(execution.SessionId)
                .Bind(execution.Actor).Bind(execution.StartedAt).Bind(execution.Body).Bind(transaction.Now).Run(),
            cancel).ConfigureAwait(false);

    public Task<NotedSkillExecution?> FindAsync(string org, string executionId, CancellationToken cancel) =>
        database.ReadAsync(
            db => db.Query($"SELECT seq, {Columns} FROM skill_executions WHERE org = ?1 AND execution_id = ?2 ORDER BY seq DESC LIMIT 1")
                .Bind(org).Bind(executionId).First(Read),
            cancel);

    public async Task<IReadOnlyList<NotedSkillExecution>> ListAsync(
        string org, SkillExecutionFilter filter, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"""
                SELECT seq, {Columns} FROM skill_executions WHERE org = ?1 AND seq < ?2
                AND (?3 IS NULL OR skill = ?3) AND (?4 IS NULL OR agent = ?4) AND (?5 IS NULL OR run_id = ?5) ORDER BY seq DESC LIMIT ?6
                """)
                .Bind(org).Bind(beforeSeq ?? long.MaxValue).Bind(filter.Skill).Bind(filter.Agent).Bind(filter.RunId).Bind(limit).All(Read),
            cancel).ConfigureAwait(false);

    public Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query(
                "DELETE FROM skill_executions WHERE seq IN (SELECT seq FROM skill_executions WHERE noted_at < ?1 ORDER BY noted_at LIMIT ?2)")
                .Bind(transaction.Now - age).Bind(limit).Run(),
            cancel);

    static NotedSkillExecution Read(Statement row) => new(
        row.Long(),
        new SkillExecutionRecord(row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.TextOrNull(), row.Text(), row.Instant(), row.Text()));
}
