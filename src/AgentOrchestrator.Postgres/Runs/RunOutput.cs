using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;

namespace AgentOrchestrator.Postgres.Runs;

static class RunOutput
{
    /// <summary>Appends what was not sent before; says which ordinal is expected next.</summary>
    /// <exception cref="Protocol.ProductException">Conflict <c>gap</c>.</exception>
    public static async Task<long> AppendAsync(Tx tx, LockedRun locked, long firstOrdinal, IReadOnlyList<NewEvent> events)
    {
        var expected = locked.NextOrdinal;
        if (firstOrdinal > expected)
        {
            throw RunErrors.Gap(expected);
        }

        var known = expected - firstOrdinal;
        if (known >= events.Count)
        {
            return expected;
        }

        var fresh = events.Skip((int)known).Select(e => e.RunId is null ? e with { RunId = locked.Run.RunId } : e).ToList();
        await tx.ExecuteAsync(new Statement("UPDATE runs SET next_ordinal = @next WHERE org = @org AND run_id = @run")
            .Text("org", locked.Run.Org).Text("run", locked.Run.RunId).Number("next", expected + fresh.Count)).ConfigureAwait(false);
        await EventLog.AppendAsync(tx, locked.Run.Org, locked.Run.SessionId, fresh).ConfigureAwait(false);
        return expected + fresh.Count;
    }
}
