using AgentOrchestrator.Coordinator.Tools;

namespace AgentOrchestrator.Sqlite.Tools;

sealed class SqliteToolStore(SqliteDatabase database) : IToolStore
{
    const string Columns = "org, agent, run_id, session_id, actor, server, tool, outcome, started_at, duration_ms, input_bytes, output_bytes";

    public async Task NoteCallAsync(ToolCallRecord call, CancellationToken cancel) =>
        await database.AddAsync(
            transaction => transaction.Db.Query($"INSERT INTO tool_calls ({Columns}, noted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")
                .Bind(call.Org).Bind(call.Agent).Bind(call.RunId).Bind(call.SessionId).Bind(call.Actor).Bind(call.Server).Bind(call.Tool).Bind(call.Outcome)
                .Bind(call.StartedAt).Bind(call.DurationMs).Bind(call.InputBytes).Bind(call.OutputBytes).Bind(transaction.Now).Run(),
            cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<NotedToolCall>> ListCallsAsync(
        string org, ToolCallFilter filter, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"""
                SELECT seq, {Columns} FROM tool_calls WHERE org = ?1 AND seq < ?2
                AND (?3 IS NULL OR agent = ?3) AND (?4 IS NULL OR run_id = ?4) AND (?5 IS NULL OR server = ?5) ORDER BY seq DESC LIMIT ?6
                """)
                .Bind(org).Bind(beforeSeq ?? long.MaxValue).Bind(filter.Agent).Bind(filter.RunId).Bind(filter.Server).Bind(limit).All(ReadCall),
            cancel).ConfigureAwait(false);

    public Task<int> ForgetCallsAsync(TimeSpan age, int limit, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("DELETE FROM tool_calls WHERE seq IN (SELECT seq FROM tool_calls WHERE noted_at < ?1 ORDER BY noted_at LIMIT ?2)")
                .Bind(transaction.Now - age).Bind(limit).Run(),
            cancel);

    public async Task<IReadOnlyList<ToolPin>> ListPinsAsync(string org, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query("SELECT pin_id, definition, accepted_by FROM tool_pins WHERE org = ?1 ORDER BY pin_id").Bind(org)
                .All(row => new ToolPin(row.Text(), row.Text(), row.TextOrNull())),
            cancel).ConfigureAwait(false);

    public async Task PinAsync(string org, IReadOnlyList<ToolPin> pins, CancellationToken cancel) =>
        await database.AddAsync(
            transaction =>
            {
                foreach (var pin in pins)
                {
                    transaction.Db.Query("INSERT INTO tool_pins (org, pin_id, definition, pinned_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
                        .Bind(org).Bind(pin.PinId).Bind(pin.Definition).Bind(transaction.Now).Run();
                }

                return true;
            },
            cancel).ConfigureAwait(false);

    public async Task AcceptAsync(string org, ToolPin pin, CancellationToken cancel) =>
        await database.AddAsync(
            transaction => transaction.Db.Query("""
                INSERT INTO tool_pins (org, pin_id, definition, pinned_at, accepted_by) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET definition = excluded.definition, pinned_at = excluded.pinned_at, accepted_by = excluded.accepted_by
                """)
                .Bind(org).Bind(pin.PinId).Bind(pin.Definition).Bind(transaction.Now).Bind(pin.AcceptedBy).Run(),
            cancel).ConfigureAwait(false);

    static NotedToolCall ReadCall(Statement row) => new(
        row.Long(),
        new ToolCallRecord(
            row.Text(), row.Text(), row.TextOrNull(), row.TextOrNull(), row.Text(), row.Text(), row.Text(), row.Text(), row.Instant(), row.Long(), row.Long(), row.Long()));
}
