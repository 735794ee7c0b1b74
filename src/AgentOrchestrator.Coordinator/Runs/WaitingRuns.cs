using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Says of runs and sessions that are pending what they wait for. Computed when it is asked, so that it is true.</summary>
public sealed class WaitingRuns(IRunStore runs, IRunnerStore runners, TimeProvider time, CoordinatorOptions options)
{
    // Delayed ones and, behind another, more than these are not looked at for a session's reason.
    const int LookedAt = 20;

    public async Task<Run> ExplainAsync(Run run, CancellationToken cancel) => run.Status is RunStatus.Pending
        ? Explained(run, await LookAsync(run.Org, cancel).ConfigureAwait(false))
        : run;

    /// <summary>The same of many, with one look at runners and caps.</summary>
    public async IAsyncEnumerable<Run> ExplainAsync(IAsyncEnumerable<Run> source, [EnumeratorCancellation] CancellationToken cancel)
    {
        Surroundings? seen = null;
        await foreach (var run in source.WithCancellation(cancel).ConfigureAwait(false))
        {
            yield return run.Status is RunStatus.Pending
                ? Explained(run, seen ??= await LookAsync(run.Org, cancel).ConfigureAwait(false))
                : run;
        }
    }

    public async Task<Session> ExplainAsync(Session session, CancellationToken cancel) => session.Status is SessionStatus.Pending
        ? await ExplainedAsync(session, await LookAsync(session.Org, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false)
        : session;

    public async IAsyncEnumerable<Session> ExplainAsync(
        IAsyncEnumerable<Session> source, [EnumeratorCancellation] CancellationToken cancel)
    {
        Surroundings? seen = null;
        await foreach (var session in source.WithCancellation(cancel).ConfigureAwait(false))
        {
            yield return session.Status is SessionStatus.Pending
                ? await ExplainedAsync(session, seen ??= await LookAsync(session.Org, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false)
                : session;
        }
    }

    static Run Explained(Run run, Surroundings seen) => run with { WaitingReason = seen.ReasonOf(run) };

    // Of the run that is next; a session whose messages are all delayed is delayed.
    async Task<Session> ExplainedAsync(Session session, Surroundings seen, CancellationToken cancel)
    {
        Run? delayed = null;
        var query = new RunQuery { SessionId = session.SessionId, Status = RunStatus.Pending, Limit = LookedAt };
        await foreach (var run in runs.ListAsync(session.Org, query, cancel).ConfigureAwait(false))
        {
            if (run is { IsDelayed: false, IsBehind: false })
            {
                return session with { WaitingReason = seen.ReasonOf(run) };
            }

            delayed ??= run.IsDelayed ? run : null;
        }

        return delayed is null ? session : session with { WaitingReason = WaitingReasons.Delayed };
    }

    async Task<Surroundings> LookAsync(string org, CancellationToken cancel)
    {
        var since = time.GetUtcNow() - options.RunnerStale;
        var all = await runners.ListAsync(org, cancel).ConfigureAwait(false);
        var load = await runs.ReadLoadAsync(org, cancel).ConfigureAwait(false);
        return new Surroundings([.. all.Where(runner => !runner.IsLeaving && runner.LastHeartbeatAt > since)], load, options);
    }

    sealed record Surroundings(IReadOnlyList<Runner> Runners, RunLoad Load, CoordinatorOptions Options)
    {
        // The first that holds, from what nobody can change by adding room to what time alone resolves.
        public string ReasonOf(Run run)
        {
            var fitting = Runners.Where(runner => runner.CanExecute(run.Executor) && runner.Meets(run.Demands)).ToList();
            return run switch
            {
                { IsDelayed: true } => WaitingReasons.Delayed,
                { IsBehind: true } => WaitingReasons.SessionBusy,
                { AgentName: { } held } when Load.Quarantined.Contains(held, StringComparer.OrdinalIgnoreCase) => WaitingReasons.AgentQuarantined,
                _ when Runners.Count == 0 => WaitingReasons.NoRunner,
                _ when fitting.Count == 0 => WaitingReasons.NoMatchingRunner,
                _ when Load.Live >= Options.MaxLiveRuns => WaitingReasons.GlobalCap,
                _ when Load.LiveOfOrg >= Options.MaxLiveRunsPerOrg => WaitingReasons.OrgCap,
                { AgentName: { } agent, AgentCap: { } cap } when Load.ByAgent.GetValueOrDefault(agent) >= cap => WaitingReasons.AgentCap,
                _ when fitting.TrueForAll(runner => runner.LiveRuns >= runner.MaxConcurrent) => WaitingReasons.RunnerBusy,
                _ => WaitingReasons.Priority,
            };
        }
    }
}
