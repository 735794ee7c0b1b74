using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>How runners keep the runs that they hold.</summary>
public sealed class RunLeases(IRunStore runs, IRunnerStore runners, TimeProvider time, CoordinatorOptions options)
{
    /// <summary>A poll is a sign of life, and renews the leases of a runner that does not do it by fence.</summary>
    /// <param name="runner">As just read.</param>
    /// <returns>False when the runner is not registered.</returns>
    public async Task<bool> NotePollAsync(Runner runner, CancellationToken cancel)
    {
        // A busy runner polls after every run; one write every few seconds says as much.
        if ((time.GetUtcNow() - runner.LastHeartbeatAt).Duration() < options.RunnerStale / 24)
        {
            return true;
        }

        if (!await runners.TouchAsync(runner.Org, runner.RunnerId, cancel).ConfigureAwait(false))
        {
            return false;
        }

        if (!runner.KeepsLeases && runner.LiveRuns > 0)
        {
            await runs.RenewAsync(runner.Org, runner.RunnerId, null, cancel).ConfigureAwait(false);
        }

        return true;
    }

    /// <param name="held">The runs to renew; all of the runner's when null.</param>
    /// <returns>Null when the runner is not registered.</returns>
    public async Task<RenewedLeases?> NoteHeartbeatAsync(
        string org, string runnerId, IReadOnlyList<RunFence>? held, CancellationToken cancel)
    {
        if (held is { Count: > RunnerRegistry.MaxConcurrent } || held?.Any(run => run?.RunId is null) is true)
        {
            throw new ProductException(
                ErrorCode.Invalid, $"runs must be at most {RunnerRegistry.MaxConcurrent} entries, each with run_id and fence");
        }

        if (!await runners.TouchAsync(org, runnerId, cancel).ConfigureAwait(false))
        {
            return null;
        }

        var renewed = await runs.RenewAsync(org, runnerId, held, cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.ServerRenewed);
        return renewed;
    }
}
