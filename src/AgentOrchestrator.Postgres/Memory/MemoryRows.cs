using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;
using Npgsql;

namespace AgentOrchestrator.Postgres.Memory;

/// <summary>Rows of memories.</summary>
static class MemoryRows
{
    public const string Columns =
        "m.org, m.memory_id, m.agent_id, m.user_id, m.session_id, m.collection, m.text, m.metadata::text, m.created_at, m.updated_at";

    public static Statement Find(string org, string memoryId) =>
        new Statement($"SELECT {Columns} FROM memories m WHERE m.org = @org AND m.memory_id = @id").Text("org", org).Text("id", memoryId);

    public static Statement Count(IReadOnlyList<string> scopes, int most) =>
        new Statement("SELECT count(*) FROM (SELECT 1 FROM memories WHERE scope = ANY(@scopes) LIMIT @most) counted")
            .Texts("scopes", scopes).Number("most", most);

    /// <summary>Another one of this id, which may belong to another scope, is found.</summary>
    public static async Task<StoredMemory> InsertAsync(Tx tx, NewMemory memory, string scope)
    {
        var added = await tx.FirstAsync(
            new Statement(
                $"""
                INSERT INTO memories AS m (
                    org, memory_id, scope, agent_id, user_id, session_id, collection, text, words, metadata, created_at, updated_at)
                VALUES (@org, @id, @scope, @agent, @user, @session, @collection, @text, array_to_tsvector(@words), @metadata::jsonb, @now, @now)
                ON CONFLICT DO NOTHING RETURNING {Columns}
                """)
                .Text("org", memory.Org).Text("id", memory.MemoryId).Text("scope", scope)
                .Text("agent", memory.Scope.AgentId).Text("user", memory.Scope.UserId).Text("session", memory.Scope.SessionId)
                .Text("collection", memory.Collection).Text("text", memory.Text).Texts("words", memory.Words)
                .Text("metadata", MetadataJson.Of(memory.Metadata)).Time("now", tx.Now),
            Read).ConfigureAwait(false);
        return added ?? (await tx.FirstAsync(Find(memory.Org, memory.MemoryId), Read).ConfigureAwait(false))!;
    }

    public static Statement List(string org, MemoryFilter filter, PageKey? after, int limit)
    {
        var statement = Fitting(
            $"SELECT {Columns} FROM memories m WHERE ", org, filter,
            (after is null ? "" : " AND (m.created_at, m.memory_id) < (@after, @after_id)") + " ORDER BY m.created_at DESC, m.memory_id DESC LIMIT @limit")
            .Number("limit", limit);
        return after is { } key ? statement.Time("after", key.CreatedAt).Text("after_id", key.Id) : statement;
    }

    /// <summary>A statement about those of which every member that the filter has is the same.</summary>
    public static Statement Fitting(string head, string org, MemoryFilter filter, string tail)
    {
        (string Sql, string Name, string? Value)[] members =
        [
            ("lower(m.agent_id)", "agent", filter.AgentId?.ToLowerInvariant()), ("m.user_id", "user", filter.UserId),
            ("m.session_id", "session", filter.SessionId), ("m.collection", "collection", filter.Collection),
        ];
        var sql = new StringBuilder(head).Append("m.org = @org");
        foreach (var member in members.Where(member => member.Value is not null)) { sql.Append($" AND {member.Sql} = @{member.Name}"); }

        var statement = new Statement(sql.Append(tail).ToString()).Text("org", org);
        foreach (var member in members.Where(member => member.Value is not null)) { statement.Text(member.Name, member.Value); }
        return statement;
    }

    public static StoredMemory Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new StoredMemory(
            row.Text(), row.Text(), new MemoryScope(row.TextOrNull(), row.TextOrNull(), row.TextOrNull()), row.Text(), row.Text(),
            MetadataJson.Read(row.Text()), row.Time(), row.Time());
    }
}
