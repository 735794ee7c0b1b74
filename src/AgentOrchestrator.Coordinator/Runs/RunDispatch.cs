using System.Security.Cryptography;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Answers the polls of runners: stops first, then a request to leave, then a run.</summary>
/// <remarks>Woken by what commits; looks by itself now and then, should a wake-up be lost.</remarks>
public sealed class RunDispatch(
    IRunStore runs, IRunnerStore runners, ParkedPolls polls, TimeProvider time, CoordinatorOptions options)
{
    /// <param name="runner">As just read.</param>
    /// <param name="giveUp">The caller is gone, or the server is about to stop: a claim made meanwhile is given back.</param>
    public async Task<PollOutcome> PollAsync(Runner runner, CancellationToken giveUp)
    {
        var startedAt = time.GetTimestamp();
        var patience = Jittered(options.PollTimeout, least: 0.8);
        using var poll = polls.Park(runner);
        var current = runner;
        var offers = poll.TakeOffers();

        // The row was read before the poll was held, so a signal may have missed it: the second look follows at once.
        var rescan = TimeSpan.Zero;
        while (true)
        {
            if (poll.IsOver || (current is not null && current.LapsedClaims != runner.LapsedClaims))
            {
                // Its runner has asked often since, or did not start what it was given: who is alive asks anew, and who is not stands in nobody's way.
                poll.PassOn(offers, claimedRunId: null);
                return new PollOutcome.Nothing();
            }

            var outcome = current switch
            {
                null => new PollOutcome.Unknown(),
                { InstanceId: var instance } when instance != runner.InstanceId => new PollOutcome.Replaced(),
                _ => await LookAsync(current).ConfigureAwait(false),
            };
            await PassOnAsync(poll, offers, (outcome as PollOutcome.Claimed)?.Claim.Run.RunId).ConfigureAwait(false);
            if (outcome is PollOutcome.Claimed claimed && giveUp.IsCancellationRequested)
            {
                await ReleaseAsync(claimed).ConfigureAwait(false);
                return new PollOutcome.Nothing();
            }

            var left = patience - time.GetElapsedTime(startedAt);
            if (outcome is not PollOutcome.Nothing || left <= TimeSpan.Zero)
            {
                return outcome;
            }

            try
            {
                await WaitAsync(poll, left, rescan, giveUp).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                return outcome;
            }

            // Before the row is read: what is signalled after it ends the next wait.
            offers = poll.TakeOffers();
            rescan = Jittered(options.PollRescan, least: 0.6);
            current = await runners.FindAsync(runner.Org, runner.RunnerId, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a reason to look: an offer, a signal, the end of its patience, or that it is its turn to look by itself.</summary>
    async Task WaitAsync(ParkedPoll poll, TimeSpan left, TimeSpan rescan, CancellationToken giveUp)
    {
        var startedAt = time.GetTimestamp();
        while (!await poll.WaitAsync(left < rescan ? left : rescan, giveUp).ConfigureAwait(false) && rescan > TimeSpan.Zero && !poll.IsFirst)
        {
            left -= time.GetElapsedTime(startedAt);
            startedAt = time.GetTimestamp();
            if (left <= TimeSpan.Zero)
            {
                return;
            }
        }
    }

    /// <summary>What somebody else has taken meanwhile is offered to nobody: else every poll would be woken for it in its turn.</summary>
    async Task PassOnAsync(ParkedPoll poll, IReadOnlyList<RunClaimable> offers, string? claimedRunId)
    {
        foreach (var offer in offers.Where(offer => offer.RunId != claimedRunId))
        {
            if (await runs.FindAsync(offer.Org, offer.RunId, CancellationToken.None).ConfigureAwait(false) is { Status: RunStatus.Pending })
            {
                poll.PassOn([offer], claimedRunId);
            }
        }
    }

    /// <summary>Gives a claim back whose answer did not reach its runner.</summary>
    public Task ReleaseAsync(PollOutcome.Claimed claimed) => runs.ReleaseAsync(claimed.Lease, CancellationToken.None);

    // Runners that connected at one moment, as after a restart of the server, must not look and come back at one moment for ever.
    static TimeSpan Jittered(TimeSpan longest, double least) => longest * (least + ((1 - least) * RandomNumberGenerator.GetInt32(1_000) / 1_000d));

    // Never cancelled half-way: a claim that committed must be answered or given back.
    async Task<PollOutcome> LookAsync(Runner runner)
    {
        if (runner.LiveRuns > 0
            && await runs.TakeStopsAsync(runner.Org, runner.RunnerId, CancellationToken.None).ConfigureAwait(false) is { Count: > 0 } stops)
        {
            return new PollOutcome.Stops(stops);
        }

        if (runner.IsLeaving)
        {
            await runners.RemoveAsync(runner.Org, runner.RunnerId, CancellationToken.None).ConfigureAwait(false);
            return new PollOutcome.Leave();
        }

        var token = RunToken.New();
        var claim = await runs.ClaimAsync(
            new ClaimRequest { Org = runner.Org, RunnerId = runner.RunnerId, RunTokenHash = token.Hash, LapsedClaims = runner.LapsedClaims },
            CancellationToken.None).ConfigureAwait(false);
        return claim is null ? new PollOutcome.Nothing() : new PollOutcome.Claimed(claim, token.Text);
    }
}
