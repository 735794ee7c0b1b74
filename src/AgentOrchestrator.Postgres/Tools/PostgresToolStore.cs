using AgentOrchestrator.Coordinator.Tools;
using Npgsql;

namespace AgentOrchestrator.Postgres.Tools;

sealed class PostgresToolStore(PostgresDatabase database) : IToolStore
{
    const string Columns = "org, agent, run_id, session_id, actor, server, tool, outcome, started_at, duration_ms, input_bytes, output_bytes";

    public async Task NoteCallAsync(ToolCallRecord call, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            INSERT INTO tool_calls ({Columns}, noted_at)
            VALUES (@org, @agent, @run, @session, @actor, @server, @tool, @outcome, @started, @duration, @input, @output, {Statement.Clock})
            """)
            .Text("org", call.Org).Text("agent", call.Agent).Text("run", call.RunId).Text("session", call.SessionId).Text("actor", call.Actor)
            .Text("server", call.Server).Text("tool", call.Tool).Text("outcome", call.Outcome).Time("started", call.StartedAt)
            .Number("duration", call.DurationMs).Number("input", call.InputBytes).Number("output", call.OutputBytes).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<NotedToolCall>> ListCallsAsync(
        string org, ToolCallFilter filter, long? beforeSeq, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(
                $"""
                SELECT seq, {Columns} FROM tool_calls WHERE org = @org AND seq < @before
                AND (@agent::text IS NULL OR lower(agent) = lower(@agent)) AND (@run::text IS NULL OR run_id = @run)
                AND (@server::text IS NULL OR server = @server) ORDER BY seq DESC LIMIT @limit
                """)
                .Text("org", org).Number("before", beforeSeq ?? long.MaxValue).Text("agent", filter.Agent).Text("run", filter.RunId)
                .Text("server", filter.Server).Number("limit", limit),
            ReadCall),
        cancel).ConfigureAwait(false);

    public Task<int> ForgetCallsAsync(TimeSpan age, int limit, CancellationToken cancel) => database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            DELETE FROM tool_calls WHERE seq IN (
                SELECT seq FROM tool_calls WHERE noted_at < {Statement.Clock} - @age ORDER BY noted_at LIMIT @limit FOR UPDATE SKIP LOCKED)
            """)
            .Span("age", age).Number("limit", limit).Time("now", tx.NowOrNull)),
        cancel);

    public async Task<IReadOnlyList<ToolPin>> ListPinsAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement("SELECT pin_id, definition, accepted_by FROM tool_pins WHERE org = @org ORDER BY pin_id").Text("org", org), ReadPin),
        cancel).ConfigureAwait(false);

    public async Task PinAsync(string org, IReadOnlyList<ToolPin> pins, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            // In the order of the ids, so that two nodes never wait for each other.
            $"""
            INSERT INTO tool_pins (org, pin_id, definition, pinned_at)
            SELECT @org, pin.id, pin.definition, {Statement.Clock} FROM unnest(@ids, @definitions) AS pin (id, definition) ORDER BY pin.id
            ON CONFLICT DO NOTHING
            """)
            .Text("org", org).Texts("ids", pins.Select(pin => pin.PinId)).Texts("definitions", pins.Select(pin => pin.Definition)).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false);

    public async Task AcceptAsync(string org, ToolPin pin, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            INSERT INTO tool_pins (org, pin_id, definition, pinned_at, accepted_by) VALUES (@org, @id, @definition, {Statement.Clock}, @by)
            ON CONFLICT (org, pin_id) DO UPDATE SET definition = excluded.definition, pinned_at = excluded.pinned_at, accepted_by = excluded.accepted_by
            """)
            .Text("org", org).Text("id", pin.PinId).Text("definition", pin.Definition).Text("by", pin.AcceptedBy).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false);

    static NotedToolCall ReadCall(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new NotedToolCall(
            row.Number(),
            new ToolCallRecord(
                row.Text(), row.Text(), row.TextOrNull(), row.TextOrNull(), row.Text(), row.Text(), row.Text(), row.Text(), row.Time(), row.Number(), row.Number(),
                row.Number()));
    }

    static ToolPin ReadPin(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new ToolPin(row.Text(), row.Text(), row.TextOrNull());
    }
}
