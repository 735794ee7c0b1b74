using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Runs, their leases and the callbacks that their ends cause. Each verb is one transaction.</summary>
/// <remarks>
/// Every status change of a run commits together with its event in the session's log, the session's status and,
/// for an end, the parent's notification. Guards (fence, allowed moves) sit in the statement that writes.
/// After every move the session's status is: of the live run, else pending if one is queued, else of the last end.
/// </remarks>
public interface IRunStore
{
    /// <summary>Writes run and <c>run_queued</c>, and for a start the session.</summary>
    /// <exception cref="Protocol.ProductException">
    /// Conflict <c>Session '{name}' already exists…</c>, <c>session_busy</c>, <c>retry_open</c>, <c>cycle</c>, <c>parent_stopping</c>; NotFound for an unknown session or parent;
    /// LimitExceeded past the queue's bound, and <c>tree_limit</c> for a session or message with a parent.
    /// </exception>
    Task<Outcome<Run>> EnqueueAsync(NewRun run, IdempotencyKey? key, CancellationToken cancel);

    Task<Run?> FindAsync(string org, string runId, CancellationToken cancel);

    /// <summary>Streams runs, oldest first. A status of running includes waiting.</summary>
    IAsyncEnumerable<Run> ListAsync(string org, RunQuery query, CancellationToken cancel);

    /// <summary>
    /// Takes the pending run of the lowest rank (see <see cref="QueueOrder"/>) that the runner can execute, whose session has no live run and
    /// none that comes before it, and whose agent, org and server have room: one statement, a raised fence, a lease. Null when there is none,
    /// the runner is at its limit, or it asked before a claim of it ran out.
    /// </summary>
    Task<ClaimedRun?> ClaimAsync(ClaimRequest request, CancellationToken cancel);

    /// <summary>
    /// Gives an unstarted claim back at once, because its answer never reached the runner; past <c>MaxUnstartedClaims</c> the run fails.
    /// </summary>
    Task ReleaseAsync(LeaseRef lease, CancellationToken cancel);

    /// <summary>Claimed → running, with <c>run_start</c>. A repeat is harmless.</summary>
    /// <exception cref="Protocol.ProductException">NotFound; Conflict <c>stale_lease</c> or for a move that is not allowed.</exception>
    Task<Run> StartAsync(LeaseRef lease, string? executorSessionId, string? executorType, CancellationToken cancel);

    /// <summary>Appends a runner's output, skipping what it had sent before.</summary>
    /// <returns>The next ordinal that is expected.</returns>
    /// <exception cref="Protocol.ProductException">NotFound; Conflict <c>stale_lease</c>; Conflict <c>gap</c> when ordinals are missing.</exception>
    Task<long> AppendOutputAsync(LeaseRef lease, long firstOrdinal, IReadOnlyList<NewEvent> events, CancellationToken cancel);

    /// <summary>
    /// Ends the run; final. Where <see cref="RetryRules"/> say so, queues its next attempt, and leaves the parent to that one's end. The same end again is a harmless repeat, another end is a conflict. Writes the terminal event, the session's
    /// status and, for <c>async_callback</c>, the parent's <c>callback</c> event; then delivers: an idle parent (and this session, as a
    /// parent itself) gets one resume run with all that waits for it, unless a person stopped it.
    /// </summary>
    Task<Run> EndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel);

    /// <summary>Pending ends as stopped at once; live becomes stopping, durably, and its runner is signalled; final is left alone.</summary>
    /// <remarks>Where that stops the session, it stops the sessions below it, as <see cref="StopSessionAsync"/> does.</remarks>
    /// <returns>Null when there is no such run.</returns>
    Task<StopOutcome?> StopAsync(string org, string runId, string actor, CancellationToken cancel);

    /// <summary>
    /// Stops every run of the session that has not ended; without one the session becomes stopped, unless it had ended. Then the sessions
    /// below it: those that follow their parents' ends, or with <paramref name="wholeTree"/> all.
    /// </summary>
    /// <remarks>A session that had finished its turn and waits for children that are stopped becomes stopped, so that they do not resume it.</remarks>
    /// <returns>Null when there is no such session. The run is the live one, else the newest pending one.</returns>
    Task<SessionStopOutcome?> StopSessionAsync(string org, string idOrName, string actor, bool wholeTree, CancellationToken cancel);

    /// <summary>Renews the leases of a runner (of the given runs, or all) and says which to stop and which are no longer its own.</summary>
    /// <remarks>A claim that is not started has one lease and no more, unless the runner acknowledges claims and names it.</remarks>
    Task<RenewedLeases> RenewAsync(string org, string runnerId, IReadOnlyList<RunFence>? runs, CancellationToken cancel);

    /// <summary>The runs that a runner must be told to stop and was not told in the last 10 seconds; marks them as told.</summary>
    Task<IReadOnlyList<string>> TakeStopsAsync(string org, string runnerId, CancellationToken cancel);

    /// <summary>The session and run that a run token speaks for, while its lease lives.</summary>
    Task<Run?> FindByTokenAsync(string tokenHash, CancellationToken cancel);

    /// <summary>
    /// Expired leases: claimed → pending, its runner signalled before, or failed <c>unstarted</c> past <c>MaxUnstartedClaims</c>; running and waiting → failed <c>lost</c>, stopping → stopped; pending past its <c>TimeoutAt</c> →
    /// failed <c>expired</c> with <c>No matching runner available within timeout</c>. At most <paramref name="limit"/> of each.
    /// </summary>
    /// <remarks>
    /// A lease past its end still takes reports and renewals until it is reaped: a runner may come back. A run that waits behind another
    /// of its session does not expire; its wait for a runner begins when it is first.
    /// </remarks>
    Task<ReapCounts> ReapAsync(int limit, CancellationToken cancel);

    /// <summary>The clock by which leases, time-outs and delays are judged.</summary>
    Task<DateTimeOffset> ReadClockAsync(CancellationToken cancel);

    /// <summary>
    /// After a jump of that clock: time-outs of what has not ended move with it, and every lease that was not taken away begins anew.
    /// What waits for its <c>NotBefore</c> still begins when the clock says so. A jump that another node has dealt with is left alone.
    /// </summary>
    Task FollowClockAsync(ClockJump jump, CancellationToken cancel);

    /// <summary>
    /// Does what is due now: delayed runs enter the queue, pending ones past their <c>ExpiresAt</c> fail as <c>expired</c>, and started ones past
    /// their <c>DeadlineAt</c> become stopping, to fail as <c>timeout</c>. At most <paramref name="limit"/>; more is due at once when
    /// <see cref="DueCounts.Next"/> is zero.
    /// </summary>
    Task<DueCounts> TakeDueAsync(int limit, CancellationToken cancel);

    Task<RunLoad> ReadLoadAsync(string org, CancellationToken cancel);

    /// <summary>
    /// Once at start, as <see cref="RecoveryMode"/> says. Unless that is none, each live run that remains has one fresh lease then, for nobody
    /// could renew while the server was away.
    /// </summary>
    Task<ReapCounts> RecoverAsync(RecoveryMode mode, CancellationToken cancel);

    /// <summary>Counts, from indexes alone, what has not ended.</summary>
    Task<RunBacklog> MeasureAsync(CancellationToken cancel);

    /// <summary>Adds up what the runs of a session, and of all sessions below it, used.</summary>
    Task<SessionUsage> SumUsageAsync(string org, string sessionId, CancellationToken cancel);
}
