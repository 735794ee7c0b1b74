using System.Text.Json;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Rows of the runs table: how they are selected and read.</summary>
static class RunRows
{
    public const string Live = "('claimed', 'running', 'waiting', 'stopping')";
    public const string Ended = "('completed', 'failed', 'stopped')";

    /// <summary>A run m that takes a place: one that waits for a child takes none.</summary>
    public const string Counted = $"m.status IN {Live} AND m.waiting_reason IS DISTINCT FROM 'child'";

    /// <summary>Whether something comes before r in its session: a live run, or one that is queued and not delayed.</summary>
    public const string IsBehind =
        $"""
        (EXISTS (SELECT 1 FROM runs l WHERE l.org = r.org AND l.session_id = r.session_id AND l.status IN {Live})
            OR EXISTS (
                SELECT 1 FROM runs o WHERE o.org = r.org AND o.session_id = r.session_id AND o.status = 'pending'
                    AND o.rank IS NOT NULL AND (o.position, o.place) < (r.position, r.place)))
        """;

    /// <summary>Of a table or statement called <c>r</c>.</summary>
    public const string Columns =
        $"""
        r.org, r.run_id, r.type, r.session_id,
        (SELECT n.name FROM sessions n WHERE n.org = r.org AND n.session_id = r.session_id),
        r.agent_name, r.agent_revision, r.executor, r.prompt, r.project_dir, r.parent_session_id,
        (SELECT n.name FROM sessions n WHERE n.org = r.org AND n.session_id = r.parent_session_id),
        r.execution_mode, r.demand_hostname, r.demand_project_dir, r.demand_executor_type, r.demand_tags, r.holds_parent,
        r.status, r.waiting_reason, r.runner_id, r.fence, r.attempt, r.lease_until, r.error, r.reason, r.exit_code,
        r.result_text, r.result_data, r.usage, r.created_at, r.claimed_at, r.started_at, r.completed_at, r.timeout_at,
        r.priority, r.agent_cap, r.timeout_seconds, r.deadline_at, r.not_before, r.expires_at, r.due_at, r.stop_reason,
        r.retry, r.retry_of, r.retry_number,
        r.status = 'pending' AND r.rank IS NULL, CASE WHEN r.status = 'pending' THEN {IsBehind} ELSE false END, r.trace_parent, r.use_memory
        """;

    public static Statement Find(string org, string runId) =>
        new Statement($"SELECT {Columns} FROM runs r WHERE r.org = @org AND r.run_id = @run").Text("org", org).Text("run", runId);

    public static Run Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return Read(ref row);
    }

    public static Run Read(ref Row row) => new()
    {
        Org = row.Text(),
        RunId = row.Text(),
        Type = WireEnum<RunType>.Parse(row.Text(), "type"),
        SessionId = row.Text(),
        SessionName = row.Text(),
        AgentName = row.TextOrNull(),
        AgentRevision = row.NumberOrNull(),
        Executor = row.TextOrNull(),
        Prompt = row.Text(),
        ProjectDir = row.TextOrNull(),
        ParentSessionId = row.TextOrNull(),
        ParentName = row.TextOrNull(),
        ExecutionMode = WireEnum<ExecutionMode>.Parse(row.Text(), "execution_mode"),
        Demands = ReadDemands(ref row),
        HoldsParent = row.Flag(),
        Status = WireEnum<RunStatus>.Parse(row.Text(), "status"),
        WaitingReason = row.TextOrNull(),
        RunnerId = row.TextOrNull(),
        Fence = row.Number(),
        Attempt = row.Int(),
        LeaseUntil = row.TimeOrNull(),
        Error = row.TextOrNull(),
        Reason = row.TextOrNull(),
        ExitCode = row.IntOrNull(),
        ResultText = row.TextOrNull(),
        ResultData = row.TextOrNull() is { } data ? JsonSerializer.Deserialize(data, CompactJson.Default.JsonElement) : null,
        Usage = row.TextOrNull() is { } usage ? JsonSerializer.Deserialize(usage, CompactJson.Default.RunUsage) : null,
        CreatedAt = row.Time(),
        ClaimedAt = row.TimeOrNull(),
        StartedAt = row.TimeOrNull(),
        CompletedAt = row.TimeOrNull(),
        TimeoutAt = row.TimeOrNull(),
        Priority = row.Int(),
        AgentCap = row.IntOrNull(),
        TimeoutSeconds = row.IntOrNull(),
        DeadlineAt = row.TimeOrNull(),
        NotBefore = row.TimeOrNull(),
        ExpiresAt = row.TimeOrNull(),
        DueAt = row.TimeOrNull(),
        StopReason = row.TextOrNull(),
        Retry = row.TextOrNull() is { } retry ? JsonSerializer.Deserialize(retry, CompactJson.Default.RetryPolicy) : null,
        RetryOf = row.TextOrNull(),
        RetryNumber = row.Int(),
        IsDelayed = row.Flag(),
        IsBehind = row.Flag(),
        TraceParent = row.TextOrNull(),
        UseMemory = row.FlagOrNull(),
    };

    static Demands? ReadDemands(ref Row row)
    {
        var demands = new Demands
        {
            Hostname = row.TextOrNull(),
            ProjectDir = row.TextOrNull(),
            ExecutorType = row.TextOrNull(),
            Tags = row.Texts(),
        };
        return demands.IsEmpty ? null : demands;
    }
}
