using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Sessions;

sealed class PostgresSessionStore(PostgresDatabase database, CoordinatorOptions options) : ISessionStore
{
    readonly SessionDeletion _deletion = new(options);

    public Task<Outcome<Session>> CreateAsync(NewSession session, IdempotencyKey? key, CancellationToken cancel) => database.WriteAsync(
        tx => IdempotencyKeys.OnceAsync(tx, key, OutcomeJson.Default.Session, async () =>
            await SessionWrites.BindToLiveAsync(tx, session).ConfigureAwait(false)
                ?? await SessionWrites.InsertAsync(tx, options, session).ConfigureAwait(false)),
        cancel);

    public Task<Session?> FindAsync(string org, string idOrName, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(SessionRows.Find(org, idOrName), SessionRows.Read)!, cancel);

    public IAsyncEnumerable<Session> ListAsync(string org, SessionQuery query, CancellationToken cancel)
    {
        var sql = new StringBuilder($"SELECT {SessionRows.Columns} FROM sessions s WHERE s.org = @org");
        if (query.Status is not null)
        {
            sql.Append(" AND s.status = @status");
        }

        if (query.ParentSessionId is not null)
        {
            sql.Append(" AND s.parent_session_id = @parent");
        }

        if (query.After is not null)
        {
            sql.Append(" AND (s.created_at, s.session_id) < (@after, @after_id)");
        }

        sql.Append(" ORDER BY s.created_at DESC, s.session_id DESC LIMIT @limit");
        var statement = new Statement(sql.ToString()).Text("org", org).Number("limit", query.Limit);
        if (query.Status is { } status)
        {
            statement.Text("status", WireEnum<SessionStatus>.Text(status));
        }

        if (query.ParentSessionId is { } parent)
        {
            statement.Text("parent", parent);
        }

        if (query.After is { } after)
        {
            statement.Time("after", after.CreatedAt).Text("after_id", after.Id);
        }

        return database.StreamAsync(statement, SessionRows.Read, cancel);
    }

    public Task<Outcome<Appended>> AppendAsync(
        string org, string idOrName, IReadOnlyList<NewEvent> events, NewSession? create, IdempotencyKey? key, CancellationToken cancel) =>
        database.WriteAsync(
            tx => IdempotencyKeys.OnceAsync(tx, key, OutcomeJson.Default.Appended, async () =>
            {
                var status = events.LastOrDefault(e => e.StatusWithoutRuns is not null)?.StatusWithoutRuns;
                var written = status is null && create is null
                    ? await EventLog.AppendAsync(tx, org, idOrName, events).ConfigureAwait(false)
                    : null;
                written ??= await AppendLockedAsync(tx, org, idOrName, events, create, status).ConfigureAwait(false);
                return new Appended(written.Session.LastSeq - events.Count + 1, written.Session.LastSeq);
            }),
            cancel);

    public Task<IReadOnlyList<LogEntry>> ReadAsync(string org, string sessionId, long afterSeq, int limit, CancellationToken cancel) =>
        database.ReadAsync(reads => EventLog.ReadAsync(reads, org, sessionId, afterSeq, limit), cancel);

    public Task<LogEntry?> FindResultAsync(string org, string sessionId, CancellationToken cancel) =>
        database.ReadAsync(reads => EventLog.FindResultAsync(reads, org, sessionId), cancel);

    public Task<Session> UpdateAsync(string org, string idOrName, SessionPatch patch, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                var before = await SessionRows.LockAsync(tx, org, idOrName).ConfigureAwait(false) ?? throw RunErrors.SessionNotFound();
                return await SessionWrites.PatchAsync(tx, before, patch).ConfigureAwait(false);
            },
            cancel);

    public Task<DeletedSession?> DeleteAsync(string org, string idOrName, CancellationToken cancel) =>
        database.WriteAsync(tx => _deletion.DeleteAsync(tx, org, idOrName), cancel);

    async Task<Written> AppendLockedAsync(
        Tx tx, string org, string idOrName, IReadOnlyList<NewEvent> events, NewSession? create, SessionStatus? status)
    {
        var session = await SessionRows.LockAsync(tx, org, idOrName).ConfigureAwait(false);
        if (session is null && create is not null)
        {
            session = await SessionWrites.InsertAsync(tx, options, create).ConfigureAwait(false);
        }

        return await EventLog.SettleAsync(tx, session ?? throw RunErrors.SessionNotFound(), events, status).ConfigureAwait(false);
    }
}
