using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Runs;

/// <summary>Which runs a caller may touch: those of the sessions that it may.</summary>
sealed class RunAccess(IRunStore runs, ISessionStore sessions, SessionAccess access)
{
    /// <exception cref="Protocol.ProductException">NotFound, the same for a run of others as for none.</exception>
    public async Task<Run> RequireAsync(Principal caller, string runId, Vocabulary words, CancellationToken cancel)
    {
        var run = await runs.FindAsync(caller.Org, runId, cancel) ?? throw words.RunNotFound();
        if (caller.SessionId is not null)
        {
            var session = await sessions.FindAsync(caller.Org, run.SessionId, cancel);
            if (session is null || !await access.IsOpenToAsync(caller, session, cancel))
            {
                throw words.RunNotFound();
            }
        }

        return run;
    }
}
