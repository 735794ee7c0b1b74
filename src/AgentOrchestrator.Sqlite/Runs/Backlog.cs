using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>What has not ended, counted; delayed runs are not in the queue yet. The queue may be long, so its rows are not read.</summary>
static class Backlog
{
    public static RunBacklog Measure(Connection db)
    {
        var live = db.Query("""
            SELECT status, count(*) FROM runs INDEXED BY runs_one_live WHERE completed_at IS NULL AND runner_id IS NOT NULL GROUP BY status
            """).All(row => (Status: row.Text(), Count: row.Long())).ToDictionary(pair => pair.Status, pair => pair.Count);
        var pending = db.ReadLong(
            "SELECT count(*) FROM runs INDEXED BY runs_queue WHERE completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL");
        return new RunBacklog(
            pending, live.GetValueOrDefault("claimed"), live.GetValueOrDefault("running"), live.GetValueOrDefault("waiting"),
            live.GetValueOrDefault("stopping"),
            db.ReadLong("SELECT count(*) FROM callbacks INDEXED BY callbacks_waiting WHERE delivered_run_id IS NULL"),
            pending == 0 ? null : Oldest(db),
            db.ReadLong("SELECT count(*) FROM agents WHERE quarantined_at IS NOT NULL AND deleted_at IS NULL"));
    }

    static DateTimeOffset? Oldest(Connection db)
    {
        using var row = db.Query("""
            SELECT created_at FROM runs WHERE place = (
                SELECT min(place) FROM runs INDEXED BY runs_queue WHERE completed_at IS NULL AND runner_id IS NULL AND rank IS NOT NULL)
            """);
        return row.Read() ? row.Instant() : null;
    }
}
