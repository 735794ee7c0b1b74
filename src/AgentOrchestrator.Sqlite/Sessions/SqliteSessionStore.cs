using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite.Sessions;

sealed class SqliteSessionStore(SqliteDatabase database, CoordinatorOptions options) : ISessionStore
{
    // A list is read in pages, so that a slow consumer holds no snapshot and the log of the database stays short.
    const int PageLength = 500;

    public Task<Outcome<Session>> CreateAsync(NewSession session, IdempotencyKey? key, CancellationToken cancel) =>
        database.AddAsync(
            transaction => IdempotencyKeys.Once(
                transaction,
                key,
                OutcomeJson.Default.Session,
                () => SessionWrites.BindToLive(transaction, session) ?? SessionWrites.Insert(transaction, options, session)),
            cancel);

    public Task<Session?> FindAsync(string org, string idOrName, CancellationToken cancel) =>
        database.ReadAsync(db => SessionRows.Find(db, org, idOrName), cancel);

    public async IAsyncEnumerable<Session> ListAsync(string org, SessionQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (after, left) = (query.After, query.Limit ?? int.MaxValue);
        while (left > 0)
        {
            var length = Math.Min(left, PageLength);
            var page = await database.ReadAsync(db => ReadPage(db, org, query, after, length), cancel).ConfigureAwait(false);
            foreach (var session in page)
            {
                yield return session;
            }

            if (page.Count < length)
            {
                yield break;
            }

            left -= length;
            after = new PageKey(page[^1].CreatedAt, page[^1].SessionId);
        }
    }

    public Task<Outcome<Appended>> AppendAsync(
        string org, string idOrName, IReadOnlyList<NewEvent> events, NewSession? create, IdempotencyKey? key, CancellationToken cancel)
    {
        database.Stage(events);
        return database.AddAsync(
            transaction => IdempotencyKeys.Once(
                transaction, key, OutcomeJson.Default.Appended, () => Append(transaction, org, idOrName, events, create)),
            cancel);
    }

    public Task<IReadOnlyList<LogEntry>> ReadAsync(string org, string sessionId, long afterSeq, int limit, CancellationToken cancel) =>
        database.ReadAsync(db => EventLog.Read(db, database.Blobs, org, sessionId, afterSeq, limit), cancel);

    public Task<LogEntry?> FindResultAsync(string org, string sessionId, CancellationToken cancel) =>
        database.ReadAsync(db => EventLog.FindResult(db, database.Blobs, org, sessionId), cancel);

    public Task<Session> UpdateAsync(string org, string idOrName, SessionPatch patch, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => SessionWrites.Patch(transaction, SessionRows.Require(transaction.Db, org, idOrName), patch), cancel);

    public Task<DeletedSession?> DeleteAsync(string org, string idOrName, CancellationToken cancel) =>
        database.WriteAsync(transaction => SessionDeletion.Delete(transaction, options, org, idOrName), cancel);

    Appended Append(
        WriteTransaction transaction, string org, string idOrName, IReadOnlyList<NewEvent> events, NewSession? create)
    {
        var status = events.LastOrDefault(e => e.StatusWithoutRuns is not null)?.StatusWithoutRuns;
        if (status is null && events.Count > 0 && EventLog.Append(transaction, org, idOrName, events) is { } appended)
        {
            transaction.Changed(appended);
            return new Appended(appended.Entries[0].Seq, appended.Entries[^1].Seq);
        }

        var session = SessionRows.Find(transaction.Db, org, idOrName)
            ?? (create is null ? throw RunErrors.SessionNotFound() : SessionWrites.Insert(transaction, options, create));
        var lastSeq = SessionWrites.Settle(transaction, session.Org, session.SessionId, events, status).LastSeq;
        return new Appended(lastSeq - events.Count + 1, lastSeq);
    }

    static List<Session> ReadPage(Connection db, string org, SessionQuery query, PageKey? after, int length)
    {
        // Without a page before it, everything comes after the largest key: one seek in both cases. A family is sorted by itself (+),
        // since walking all sessions by age to find it would cost more.
        var page = query.ParentSessionId is null
            ? db.Query($"""
                {SessionRows.Select}
                WHERE s.org = ?1 AND (s.created_at, s.session_id) < (?2, ?3) AND (?4 IS NULL OR s.status = ?4)
                ORDER BY s.created_at DESC, s.session_id DESC LIMIT ?5
                """)
            : db.Query($"""
                {SessionRows.Select}
                WHERE s.org = ?1 AND (+s.created_at, s.session_id) < (?2, ?3) AND (?4 IS NULL OR s.status = ?4)
                    AND s.session_id IN (SELECT c.session_id FROM sessions c WHERE c.org = ?1 AND c.parent_session_id = ?6)
                ORDER BY +s.created_at DESC, s.session_id DESC LIMIT ?5
                """);
        page.Bind(org).Bind(after is { } key ? WireTime.ToMicroseconds(key.CreatedAt) : long.MaxValue).Bind(after?.Id ?? "")
            .BindWord(query.Status).Bind(length);
        return (query.ParentSessionId is { } parent ? page.Bind(parent) : page).All(SessionRows.Read);
    }
}
