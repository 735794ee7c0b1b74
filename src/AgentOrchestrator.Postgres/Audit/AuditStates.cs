using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Postgres.Audit;

/// <summary>How what an act is done to stands in its transaction.</summary>
static class AuditStates
{
    /// <summary>SHA-256 over its rows as text, in lower-case hex; null where there are none, and for no object. By <c>@org</c> and <c>@about</c>.</summary>
    public static string Digest(AuditNoun? noun) => noun is null
        ? "NULL"
        : $"""(SELECT encode(sha256(convert_to(string_agg(x.line, E'\n' ORDER BY x.line), 'UTF8')), 'hex') FROM ({RowsOf(noun.Value)}) x)""";

    public static async Task<string?> ReadAsync(Tx tx, string org, AuditObject? about) => about is null
        ? null
        : await tx.FirstAsync(
            new Statement($"SELECT {Digest(about.Noun)}").Text("org", org).Text("about", about.Key),
            row => row.IsDBNull(0) ? null : row.GetString(0)).ConfigureAwait(false);

    // Paths take the name of a session as well. Of a session also the runs that have not ended: a stop changes those.
    static string RowsOf(AuditNoun noun) => noun switch
    {
        AuditNoun.Session =>
            """
            SELECT s::text AS line FROM sessions s WHERE s.org = @org AND (s.session_id = @about OR lower(s.name) = lower(@about))
            UNION ALL
            SELECT r::text FROM sessions s JOIN runs r ON r.org = s.org AND r.session_id = s.session_id
            WHERE s.org = @org AND (s.session_id = @about OR lower(s.name) = lower(@about)) AND r.completed_at IS NULL
            """,
        AuditNoun.Run => "SELECT r::text AS line FROM runs r WHERE r.org = @org AND r.run_id = @about",
        AuditNoun.Agent =>
            """
            SELECT a::text || r.digest AS line FROM agents a JOIN agent_revisions r ON r.org = a.org AND r.name = a.name AND r.revision = a.revision
            WHERE a.org = @org AND lower(a.name) = lower(@about)
            """,
        AuditNoun.Token => "SELECT t::text AS line FROM tokens t WHERE t.org = @org AND t.token_id = @about",
        AuditNoun.Skill =>
            """
            SELECT s::text || v.digest AS line FROM skills s JOIN skill_versions v ON v.org = s.org AND v.name = s.name AND v.version = s.version
            WHERE s.org = @org AND lower(s.name) = lower(@about)
            """,
        AuditNoun.Memory => "SELECT m::text AS line FROM memories m WHERE m.org = @org AND m.memory_id = @about",
        AuditNoun.Runner => "SELECT w::text AS line FROM runners w WHERE w.org = @org AND w.runner_id = @about",
        AuditNoun.Document =>
            """
            SELECT row(d.filename, d.content_type, d.metadata, d.version, d.created_at, d.updated_at, v.checksum)::text AS line FROM documents d
                LEFT JOIN document_versions v ON v.document = d.place AND v.version = d.version WHERE d.org = @org AND d.document_id = @about
            UNION ALL SELECT t.tag FROM documents d JOIN document_tags t ON t.document = d.place WHERE d.org = @org AND d.document_id = @about
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(noun), noun, null),
    };
}
