using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Counts the failures of agents, and holds back the queued runs of those that only fail.</summary>
/// <remarks>The row of an agent is locked after those of sessions and of the run that ended, and before those of queued runs.</remarks>
static class Quarantines
{
    /// <summary>Whether the agent of a run r is in quarantine.</summary>
    public const string HasRun =
        "EXISTS (SELECT 1 FROM agents q WHERE q.org = r.org AND lower(q.name) = lower(r.agent_name) AND q.quarantined_at IS NOT NULL)";

    // Runs that failed side by side, as when a host dies, are one failure: only what was claimed after the last one is another.
    const string Failed =
        """
        UPDATE agents SET
            failures = CASE WHEN failing_since > @now - @window THEN failures + 1 ELSE 1 END,
            failing_since = CASE WHEN failing_since > @now - @window THEN failing_since ELSE @now END,
            failed_at = @now, failed_run_id = @run,
            quarantined_at = CASE WHEN CASE WHEN failing_since > @now - @window THEN failures + 1 ELSE 1 END >= @most THEN @now END
        WHERE org = @org AND lower(name) = @agent AND revision = @revision AND quarantined_at IS NULL AND (failed_at IS NULL OR failed_at <= @claimed)
        RETURNING name, failures, quarantined_at IS NOT NULL
        """;

    /// <returns>What began with this end; null for all but the failure that was one too many.</returns>
    public static async Task<Quarantine?> CountAsync(Tx tx, CoordinatorOptions options, Run before, RunEnd end, bool isTriedAgain)
    {
        if (options.MaxAgentFailures == 0 || before is not { AgentName: { } agent, AgentRevision: { } revision, ClaimedAt: { } claimedAt }
            || !QuarantineRules.CountsAgainst(end, isTriedAgain))
        {
            return null;
        }

        var (name, failures, isOver) = await tx.FirstAsync(
            new Statement(Failed)
                .Text("org", before.Org).Text("agent", agent.ToLowerInvariant()).Number("revision", revision).Text("run", before.RunId)
                .Number("most", options.MaxAgentFailures).Span("window", options.AgentFailureWindow).Time("claimed", claimedAt).Time("now", tx.Now),
            row => (row.GetString(0), row.GetInt64(1), row.GetBoolean(2))).ConfigureAwait(false);
        return isOver ? new Quarantine(before.Org, name, tx.Now, failures, before.RunId) : null;
    }

    /// <summary>Goes along with the end of a run that completed, so that it costs no round trip.</summary>
    public const string Forget =
        """
        WITH forgotten AS (
            UPDATE agents SET failures = 0, failing_since = NULL
            WHERE @completed AND org = @org AND lower(name) = lower(@agent) AND failures > 0 AND quarantined_at IS NULL)
        """;

    /// <summary>Its queued runs may be claimed. Their time to find a runner begins anew.</summary>
    /// <returns>Whether it was in quarantine.</returns>
    public static async Task<bool> ReleaseAsync(Tx tx, CoordinatorOptions options, string org, string agent)
    {
        var wasHeld = await tx.FirstAsync(
            Of("SELECT quarantined_at IS NOT NULL FROM agents WHERE org = @org AND lower(name) = @agent FOR UPDATE", org, agent),
            row => row.GetBoolean(0)).ConfigureAwait(false);
        await tx.ExecuteAsync(Of(
            """
            UPDATE agents SET failures = 0, failing_since = NULL, failed_at = NULL, failed_run_id = NULL, quarantined_at = NULL
            WHERE org = @org AND lower(name) = @agent AND (failures > 0 OR quarantined_at IS NOT NULL)
            """,
            org, agent)).ConfigureAwait(false);
        if (wasHeld)
        {
            var freed = await tx.AllAsync(
                Of(
                    """
                    UPDATE runs SET timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE @now + @timeout END
                    WHERE org = @org AND status = 'pending' AND rank IS NOT NULL AND lower(agent_name) = @agent RETURNING org, run_id, executor
                    """,
                    org, agent).Time("now", tx.Now).Span("timeout", options.NoMatchTimeout),
                reader =>
                {
                    var row = new Row(reader);
                    return new RunClaimable(row.Text(), row.Text(), row.TextOrNull());
                }).ConfigureAwait(false);
            freed.ForEach(tx.Changed);
        }

        return wasHeld;
    }

    public static Task<List<Quarantine>> ListAsync(Tx reads, string org) => reads.AllAsync(
        new Statement(
            """
            SELECT org, name, quarantined_at, failures, failed_run_id FROM agents
            WHERE org = @org AND quarantined_at IS NOT NULL AND deleted_at IS NULL ORDER BY lower(name)
            """)
            .Text("org", org),
        Read);

    static Statement Of(string sql, string org, string agent) => new Statement(sql).Text("org", org).Text("agent", agent.ToLowerInvariant());

    static Quarantine Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new Quarantine(row.Text(), row.Text(), row.Time(), row.Number(), row.Text());
    }
}
