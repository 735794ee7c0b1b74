using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

static class RunOutput
{
    /// <summary>Appends what was not sent before; says which ordinal is expected next.</summary>
    /// <exception cref="Protocol.ProductException">NotFound; Conflict <c>stale_lease</c> or <c>gap</c>.</exception>
    public static long Append(WriteTransaction transaction, LeaseRef lease, long firstOrdinal, IReadOnlyList<NewEvent> events)
    {
        var held = RunRows.RequireHeld(transaction.Db, lease.Org, lease.RunId);
        var known = held.NextOrdinal - firstOrdinal;
        if (known >= events.Count && held.WasEndedBy(lease))
        {
            return held.NextOrdinal;
        }

        held.RequireLease(lease);
        if (known < 0)
        {
            throw RunErrors.Gap(held.NextOrdinal);
        }

        if (known >= events.Count)
        {
            return held.NextOrdinal;
        }

        var fresh = events.Skip((int)known).Select(e => e.RunId is null ? e with { RunId = lease.RunId } : e).ToList();
        var next = held.NextOrdinal + fresh.Count;
        transaction.Db.Query("UPDATE runs SET next_ordinal = ?3 WHERE org = ?1 AND run_id = ?2")
            .Bind(lease.Org).Bind(lease.RunId).Bind(next).Run();
        transaction.Changed(EventLog.Append(transaction, lease.Org, held.Run.SessionId, fresh)!);
        return next;
    }
}
