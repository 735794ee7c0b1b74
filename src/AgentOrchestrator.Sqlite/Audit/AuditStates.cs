using System.Security.Cryptography;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Audit;

/// <summary>How what an act is done to stands in its transaction.</summary>
static class AuditStates
{
    /// <summary>SHA-256 over its rows, in lower-case hex; null where there are none.</summary>
    public static string? Digest(Connection db, string org, AuditObject? about)
    {
        if (about is null)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = 0;
        foreach (var sql in RowsOf(about.Noun))
        {
            using var row = db.Query(sql).Bind(org).Bind(KeyOf(db, org, about));
            for (; row.Read(); rows++)
            {
                row.AddTo(hash);
            }
        }

        return rows == 0 ? null : Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Paths take the name of a session as well.
    static string KeyOf(Connection db, string org, AuditObject about) =>
        about.Noun == AuditNoun.Session ? SessionRows.Find(db, org, about.Key)?.SessionId ?? about.Key : about.Key;

    // Of a session also the runs that have not ended: a stop changes those.
    static string[] RowsOf(AuditNoun noun) => noun switch
    {
        AuditNoun.Session =>
        [
            "SELECT * FROM sessions WHERE org = ?1 AND session_id = ?2",
            "SELECT * FROM runs WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL ORDER BY place",
        ],
        AuditNoun.Run => ["SELECT * FROM runs WHERE org = ?1 AND run_id = ?2"],
        AuditNoun.Agent =>
        [
            """
            SELECT a.*, r.digest FROM agents a JOIN agent_revisions r ON r.org = a.org AND r.name = a.name AND r.revision = a.revision
            WHERE a.org = ?1 AND a.name = ?2
            """,
        ],
        AuditNoun.Token => ["SELECT * FROM tokens WHERE org = ?1 AND token_id = ?2"],
        AuditNoun.Skill =>
        [
            """
            SELECT s.*, v.digest FROM skills s JOIN skill_versions v ON v.org = s.org AND v.name = s.name AND v.version = s.version
            WHERE s.org = ?1 AND s.name = ?2
            """,
        ],
        AuditNoun.Memory => ["SELECT * FROM memories WHERE org = ?1 AND memory_id = ?2"],
        AuditNoun.Runner => ["SELECT * FROM runners WHERE org = ?1 AND runner_id = ?2"],
        AuditNoun.Document =>
        [
            """
            SELECT d.filename, d.content_type, d.metadata, d.version, d.created_at, d.updated_at, v.checksum FROM documents d LEFT JOIN document_versions v ON v.document = d.place AND v.version = d.version
            WHERE d.org = ?1 AND d.document_id = ?2
            """,
            "SELECT t.tag FROM documents d JOIN document_tags t ON t.document = d.place WHERE d.org = ?1 AND d.document_id = ?2 ORDER BY t.tag",
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(noun), noun, null),
    };
}
