using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Counts the failures of agents, and holds back the queued runs of those that only fail.</summary>
static class Quarantines
{
    /// <summary>Whether the agent of a run r is in quarantine.</summary>
    public const string HasRun = "EXISTS (SELECT 1 FROM agents q WHERE q.org = r.org AND q.name = r.agent_name AND q.quarantined_at IS NOT NULL)";

    // Runs that failed side by side, as when a host dies, are one failure: only what was claimed after the last one is another.
    const string Failed = """
        UPDATE agents SET failures = n.failures, failing_since = n.since, failed_at = ?4, failed_run_id = ?5,
            quarantined_at = CASE WHEN n.failures >= ?6 THEN ?4 END
        FROM (
            SELECT CASE WHEN f.failing_since > ?7 THEN f.failures + 1 ELSE 1 END AS failures,
                CASE WHEN f.failing_since > ?7 THEN f.failing_since ELSE ?4 END AS since
            FROM agents f WHERE f.org = ?1 AND f.name = ?2) n
        WHERE org = ?1 AND name = ?2 AND revision = ?3 AND quarantined_at IS NULL AND (failed_at IS NULL OR failed_at <= ?8)
        RETURNING name, failures, quarantined_at
        """;

    /// <returns>What began with this end; null for all but the failure that was one too many.</returns>
    public static Quarantine? Count(WriteTransaction transaction, CoordinatorOptions options, Run before, RunEnd end, bool isTriedAgain)
    {
        if (options.MaxAgentFailures == 0 || before is not { AgentName: { } agent, AgentRevision: { } revision, ClaimedAt: { } claimedAt })
        {
            return null;
        }

        if (end.Status == RunStatus.Completed)
        {
            transaction.Db.Query("UPDATE agents SET failures = 0, failing_since = NULL WHERE org = ?1 AND name = ?2 AND failures > 0 AND quarantined_at IS NULL")
                .Bind(before.Org).Bind(agent).Run();
            return null;
        }

        if (!QuarantineRules.CountsAgainst(end, isTriedAgain))
        {
            return null;
        }

        using var counted = transaction.Db.Query(Failed)
            .Bind(before.Org).Bind(agent).Bind(revision).Bind(transaction.Now).Bind(before.RunId).Bind(options.MaxAgentFailures)
            .Bind(transaction.Now - options.AgentFailureWindow).Bind(claimedAt);
        var quarantine = counted.Read() ? new Quarantine(before.Org, counted.Text(), transaction.Now, counted.Long(), before.RunId) : null;
        return quarantine is not null && counted.InstantOrNull() is not null ? quarantine : null;
    }

    /// <summary>Its queued runs may be claimed. Their time to find a runner begins anew.</summary>
    /// <returns>Whether it was in quarantine.</returns>
    public static bool Release(WriteTransaction transaction, CoordinatorOptions options, string org, string agent)
    {
        var wasHeld = List(transaction.Db, org).Exists(held => held.Agent.Equals(agent, StringComparison.OrdinalIgnoreCase));
        transaction.Db.Query("""
            UPDATE agents SET failures = 0, failing_since = NULL, failed_at = NULL, failed_run_id = NULL, quarantined_at = NULL
            WHERE org = ?1 AND name = ?2 AND (failures > 0 OR quarantined_at IS NOT NULL)
            """).Bind(org).Bind(agent).Run();
        if (wasHeld)
        {
            var freed = transaction.Db.Query("""
                UPDATE runs SET timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE ?3 END
                WHERE org = ?1 AND completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL AND agent_name = ?2 COLLATE NOCASE
                RETURNING org, run_id, executor
                """).Bind(org).Bind(agent).Bind(transaction.Now + options.NoMatchTimeout)
                .All(row => new RunClaimable(row.Text(), row.Text(), row.TextOrNull()));
            freed.ForEach(transaction.Changed);
        }

        return wasHeld;
    }

    public static List<Quarantine> List(Connection db, string org) =>
        db.Query("""
            SELECT org, name, quarantined_at, failures, failed_run_id FROM agents
            WHERE org = ?1 AND quarantined_at IS NOT NULL AND deleted_at IS NULL ORDER BY name
            """).Bind(org).All(row => new Quarantine(row.Text(), row.Text(), row.Instant(), row.Long(), row.Text()));
}
