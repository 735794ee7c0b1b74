using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>What has not ended, counted in one round trip.</summary>
static class Backlog
{
    public static async Task<RunBacklog> MeasureAsync(Tx reads)
    {
        var counted = await reads.FirstAsync(
            new Statement("""
                SELECT
                    (SELECT count(*) FROM runs WHERE status = 'pending' AND rank IS NOT NULL),
                    count(*) FILTER (WHERE status = 'claimed'),
                    count(*) FILTER (WHERE status = 'running'),
                    count(*) FILTER (WHERE status = 'waiting'),
                    count(*) FILTER (WHERE status = 'stopping'),
                    (SELECT count(*) FROM callbacks WHERE delivered_run_id IS NULL),
                    (SELECT min(created_at) FROM runs WHERE status = 'pending' AND rank IS NOT NULL),
                    (SELECT count(*) FROM agents WHERE quarantined_at IS NOT NULL AND deleted_at IS NULL)
                FROM runs WHERE status IN ('claimed', 'running', 'waiting', 'stopping')
                """),
            reader =>
            {
                var row = new Row(reader);
                return new RunBacklog(
                    row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.TimeOrNull(), row.Number());
            }).ConfigureAwait(false);
        return counted!;
    }
}
