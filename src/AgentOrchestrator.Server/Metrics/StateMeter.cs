using System.Diagnostics.Metrics;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>How things stand in the database: read when somebody asks, shown as gauges.</summary>
sealed class StateMeter : IDisposable
{
    public const string Name = "AgentOrchestrator.State";

    readonly IRunStore _runs;
    readonly RunnerRegistry _runners;
    readonly IDatabase _database;
    readonly TimeProvider _time;
    Seen? _seen;

    public StateMeter(IRunStore runs, RunnerRegistry runners, ParkedPolls polls, IDatabase database, TimeProvider time)
    {
        (_runs, _runners, _database, _time) = (runs, runners, database, time);
        Meter.CreateObservableGauge("agent_orchestrator.runs", Runs, null, "Runs that have not ended, by status; pending is the depth of the queue.");
        Meter.CreateObservableGauge("agent_orchestrator.queue.age", Age, "s", "How long the oldest queued run has waited.");
        Meter.CreateObservableGauge("agent_orchestrator.callbacks.waiting", Callbacks, null, "Ends of children that their parents have not been told yet.");
        Meter.CreateObservableGauge("agent_orchestrator.runners", Runners, null, "Registered runners, by state.");
        Meter.CreateObservableGauge("agent_orchestrator.agents.quarantined", Quarantined, null, "Agents whose queued runs wait for a person, as they failed again and again.");
        Meter.CreateObservableGauge("agent_orchestrator.polls.held", () => polls.Count, null, "Polls of runners that wait for work.");
        Meter.CreateObservableCounter("agent_orchestrator.polls.woken", () => polls.Wakes, null, "Offers of a run to a held poll: one for each run that waits for nothing else.");
        Meter.CreateObservableGauge("agent_orchestrator.sqlite.wal", Log, "By", "Length of the write-ahead log of SQLite.");
        Meter.CreateObservableGauge("agent_orchestrator.database.up", Up, null, "1 while the database answers.");
    }

    public Meter Meter { get; } = new(Name);

    /// <summary>Looks again. Where the database does not answer, the gauges of it are left out and <c>up</c> is 0.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        try
        {
            var runners = await _runners.ListAsync(CoordinatorOptions.DefaultOrg, cancel);
            _seen = new Seen(
                await _runs.MeasureAsync(cancel), runners.Count(_runners.IsStale), runners.Count(runner => !_runners.IsStale(runner)), _database.LogBytes);
        }
        catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout)
        {
            _seen = null;
        }
    }

    public void Dispose() => Meter.Dispose();

    IEnumerable<Measurement<long>> Runs() => _seen is not { Backlog: var backlog } ? [] :
    [
        Of(backlog.Pending, "status", "pending"),
        Of(backlog.Claimed, "status", "claimed"),
        Of(backlog.Running, "status", "running"),
        Of(backlog.Waiting, "status", "waiting"),
        Of(backlog.Stopping, "status", "stopping"),
    ];

    IEnumerable<Measurement<double>> Age() => _seen is not { Backlog: var backlog } ? [] :
        [new(backlog.OldestPendingAt is { } oldest ? Math.Max(0, (_time.GetUtcNow() - oldest).TotalSeconds) : 0)];

    IEnumerable<Measurement<long>> Callbacks() => _seen is { Backlog.CallbacksWaiting: var waiting } ? [new(waiting)] : [];

    IEnumerable<Measurement<long>> Runners() =>
        _seen is { } seen ? [Of(seen.OnlineRunners, "state", "online"), Of(seen.StaleRunners, "state", "stale")] : [];

    IEnumerable<Measurement<long>> Quarantined() => _seen is { Backlog.QuarantinedAgents: var agents } ? [new(agents)] : [];

    IEnumerable<Measurement<long>> Log() => _seen is { LogBytes: { } bytes } ? [new(bytes)] : [];

    long Up() => _seen is null ? 0 : 1;

    static Measurement<long> Of(long value, string label, string word) => new(value, new KeyValuePair<string, object?>(label, word));

    sealed record Seen(RunBacklog Backlog, int StaleRunners, int OnlineRunners, long? LogBytes);
}
