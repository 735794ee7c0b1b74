using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Archives;

sealed class PostgresArchiveStore(PostgresDatabase database) : IArchiveStore
{
    public Task<DataCopy> CopyAsync(string path, CancellationToken cancel) => throw new ProductException(
        ErrorCode.NotPossible, "The data are in PostgreSQL, whose own tool saves them: pg_dump --format=custom --file=FILE DATABASE_URL");

    /// <summary>In one transaction, which holds nobody up here.</summary>
    public Task<Session> ImportAsync(SessionArchive archive, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var session = await InsertAsync(tx, archive).ConfigureAwait(false);
            foreach (var run in archive.Runs)
            {
                await InsertAsync(tx, run).ConfigureAwait(false);
            }

            await foreach (var portion in archive.ReadLog(cancel).ConfigureAwait(false))
            {
                await EventLog.ImportAsync(tx, session, portion).ConfigureAwait(false);
            }

            tx.Changed(new SessionCreated(session));
            var written = await EventLog.AppendAsync(tx, session.Org, session.SessionId, [archive.Note]).ConfigureAwait(false);
            return written!.Session;
        },
        cancel);

    static async Task<Session> InsertAsync(Tx tx, SessionArchive archive)
    {
        var session = archive.Session;
        var insert = new Statement(
            $"""
            INSERT INTO sessions AS s
                (org, session_id, name, status, created_at, project_dir, agent_name, last_resumed_at, parent_session_id, execution_mode,
                 executor_session_id, executor_type, hostname, last_seq, run_start_seq, pruned_to, on_parent_end, when_busy, changed_at)
            VALUES (@org, @id, @name, @status, @created, @dir, @agent, @resumed,
                (SELECT p.session_id FROM sessions p WHERE p.org = @org AND p.session_id = @parent), @mode,
                @executor_id, @executor, @host, @last_seq, @run_start_seq, @pruned_to, @on_parent_end, @when_busy, {Statement.Clock})
            RETURNING {SessionRows.Columns}
            """)
            .Text("org", session.Org).Text("id", session.SessionId).Text("name", session.Name)
            .Text("status", WireEnum<SessionStatus>.Text(session.Status)).Time("created", session.CreatedAt).Text("dir", session.ProjectDir)
            .Text("agent", session.AgentName).Time("resumed", session.LastResumedAt).Text("parent", session.ParentSessionId)
            .Text("mode", WireEnum<ExecutionMode>.Text(session.ExecutionMode)).Text("executor_id", session.ExecutorSessionId)
            .Text("executor", session.ExecutorType).Text("host", session.Hostname).Number("last_seq", session.LastSeq)
            .Number("run_start_seq", archive.RunStartSeq).Number("pruned_to", session.PrunedTo)
            .Text("on_parent_end", WireEnum<ParentEndPolicy>.Text(session.OnParentEnd)).Text("when_busy", WireEnum<WhenBusy>.Text(session.WhenBusy)).Time("now", tx.NowOrNull);
        return SessionRows.Held(tx, await SessionWrites.TakenAsync(
            session.SessionId, session.Name, () => tx.FirstAsync(insert, SessionRows.Read)!).ConfigureAwait(false))!;
    }

    static async Task InsertAsync(Tx tx, Run run)
    {
        var insert = new Statement(
            """
            INSERT INTO runs
                (org, run_id, type, session_id, agent_name, agent_revision, prompt, project_dir, execution_mode,
                 demand_hostname, demand_project_dir, demand_executor_type, demand_tags, status, runner_id, attempt, error, reason, exit_code,
                 result_text, result_data, usage, created_at, claimed_at, started_at, completed_at,
                 timeout_at, priority, timeout_seconds, deadline_at, not_before, expires_at, retry_of, retry_number, use_memory)
            VALUES (@org, @run, @type, @session, @agent, @revision, @prompt, @dir, @mode,
                @host, @at_dir, @executor_type, @tags, @status, @runner, @attempt, @error, @reason, @exit_code,
                @result_text, @result_data, @usage, @created, @claimed, @started, @completed,
                @timeout_at, @priority, @timeout, @deadline, @not_before, @expires, @retry_of, @retry_number, @use_memory)
            """)
            .Text("org", run.Org).Text("run", run.RunId).Text("type", WireEnum<RunType>.Text(run.Type)).Text("session", run.SessionId)
            .Text("agent", run.AgentName).Number("revision", run.AgentRevision).Text("prompt", run.Prompt).Text("dir", run.ProjectDir)
            .Text("mode", WireEnum<ExecutionMode>.Text(run.ExecutionMode)).Text("host", run.Demands?.Hostname)
            .Text("at_dir", run.Demands?.ProjectDir).Text("executor_type", run.Demands?.ExecutorType).Texts("tags", run.Demands?.Tags ?? [])
            .Text("status", WireEnum<RunStatus>.Text(run.Status)).Text("runner", run.RunnerId).Number("attempt", run.Attempt)
            .Text("error", run.Error).Text("reason", run.Reason).Number("exit_code", run.ExitCode).Text("result_text", run.ResultText)
            .Text("result_data", run.ResultData?.GetRawText())
            .Text("usage", run.Usage is null ? null : JsonSerializer.Serialize(run.Usage, CompactJson.Default.RunUsage))
            .Time("created", run.CreatedAt).Time("claimed", run.ClaimedAt).Time("started", run.StartedAt).Time("completed", run.CompletedAt)
            .Time("timeout_at", run.TimeoutAt).Number("priority", run.Priority).Number("timeout", run.TimeoutSeconds).Time("deadline", run.DeadlineAt)
            .Time("not_before", run.NotBefore).Time("expires", run.ExpiresAt).Text("retry_of", run.RetryOf).Number("retry_number", run.RetryNumber).FlagOrNull("use_memory", run.UseMemory);
        try
        {
            await tx.ExecuteAsync(insert).ConfigureAwait(false);
        }
        catch (Exception failure) when (Failures.IsTaken(failure, "runs_pkey"))
        {
            throw RunErrors.RunExists(run.RunId);
        }
    }
}
