using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>The leases of live runs: renewed, and what their holders must be told.</summary>
static class Leases
{
    static readonly TimeSpan s_tellAgain = TimeSpan.FromSeconds(10);

    /// <summary>Renews what the runner still holds.</summary>
    /// <remarks>
    /// A runner that acknowledges claims and names no runs may not know of an unstarted one, whose answer was lost: it is left to expire.
    /// Of a runner that does not, an unstarted claim has the one lease that it began with, since nothing tells whether it arrived.
    /// A lease past its end is renewed as well, as long as nobody has taken it away.
    /// </remarks>
    public static RenewedLeases Renew(
        WriteTransaction transaction, CoordinatorOptions options, string org, string runnerId, IReadOnlyList<RunFence>? runs)
    {
        // As "id/fence", since a list of pairs is no parameter: ids have no slash.
        var named = runs is null ? null : JsonArray.Of(runs.Select(run => string.Create(CultureInfo.InvariantCulture, $"{run.RunId}/{run.Fence}")));
        var renewed = transaction.Db.Query("""
            UPDATE runs SET renewed_at = ?3, lease_until = CASE
                WHEN status = 'claimed' AND NOT EXISTS (
                    SELECT 1 FROM runners w WHERE w.org = ?1 AND w.runner_id = ?2 AND w.acknowledges_claims) THEN lease_until
                ELSE ?3 + COALESCE((SELECT w.lease FROM runners w WHERE w.org = ?1 AND w.runner_id = ?2), ?4) END
            WHERE org = ?1 AND runner_id = ?2 AND completed_at IS NULL AND lease_until IS NOT NULL
                AND CASE WHEN ?5 IS NULL
                    THEN status <> 'claimed' OR NOT EXISTS (
                        SELECT 1 FROM runners w WHERE w.org = ?1 AND w.runner_id = ?2 AND w.acknowledges_claims)
                    ELSE run_id || '/' || fence IN (SELECT value FROM json_each(?5)) END
            RETURNING run_id, status = 'stopping'
            """).Bind(org).Bind(runnerId).Bind(transaction.Now).Bind(options.Lease).Bind(named)
            .All(row => (RunId: row.Text(), IsStopping: row.Bool()));
        var kept = renewed.Select(run => run.RunId).ToHashSet();
        return new RenewedLeases(
            [.. renewed.Where(run => run.IsStopping).Select(run => run.RunId).Order(StringComparer.Ordinal)],
            [.. (runs ?? []).Select(run => run.RunId).Where(runId => !kept.Contains(runId))]);
    }

    /// <summary>Gives every lease that was not taken away as long as a renewal would, without counting as one.</summary>
    /// <remarks>One that was renewed later than now is of a clock that has been put back: its end says nothing.</remarks>
    public static void GrantAnew(WriteTransaction transaction, CoordinatorOptions options) => transaction.Db.Query("""
        UPDATE runs INDEXED BY runs_held SET
            lease_until = max(CASE WHEN renewed_at > ?1 THEN 0 ELSE lease_until END, ?1 + COALESCE(
                (SELECT w.lease FROM runners w WHERE w.org = runs.org AND w.runner_id = runs.runner_id), ?2)),
            renewed_at = min(renewed_at, ?1)
        WHERE completed_at IS NULL AND runner_id IS NOT NULL AND lease_until IS NOT NULL
        """).Bind(transaction.Now).Bind(options.Lease).Run();

    /// <summary>The stops that the runner was not told in the last 10 seconds; now it is.</summary>
    public static IReadOnlyList<string> TakeStops(WriteTransaction transaction, string org, string runnerId) =>
        transaction.Db.Query("""
            UPDATE runs SET stop_told_at = ?3
            WHERE org = ?1 AND runner_id = ?2 AND status = 'stopping' AND completed_at IS NULL AND lease_until IS NOT NULL
                AND (stop_told_at IS NULL OR stop_told_at <= ?4)
            RETURNING run_id
            """).Bind(org).Bind(runnerId).Bind(transaction.Now).Bind(transaction.Now - s_tellAgain)
            .All(row => row.Text());
}
