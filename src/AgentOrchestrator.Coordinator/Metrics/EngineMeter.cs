using System.Diagnostics.Metrics;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Metrics;

/// <summary>What this process commits, counted. A log's append costs one addition.</summary>
public sealed class EngineMeter : IDisposable
{
    public const string Name = "AgentOrchestrator.Coordinator";

    static readonly InstrumentAdvice<double> s_waits = new() { HistogramBucketBoundaries = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300] };
    static readonly InstrumentAdvice<double> s_runs = new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200] };

    readonly Counter<long> _events;
    readonly Counter<long> _queued;
    readonly Counter<long> _claimed;
    readonly Counter<long> _requeued;
    readonly Counter<long> _ended;
    readonly Histogram<double> _wait;
    readonly Histogram<double> _duration;

    public EngineMeter()
    {
        _events = Meter.CreateCounter<long>("agent_orchestrator.events.appended", null, "Entries added to logs of sessions.");
        _queued = Meter.CreateCounter<long>("agent_orchestrator.runs.queued", null, "Runs that were accepted.");
        _claimed = Meter.CreateCounter<long>("agent_orchestrator.runs.claimed", null, "Claims of runs by runners.");
        _requeued = Meter.CreateCounter<long>("agent_orchestrator.runs.requeued", null, "Claims that ended unstarted; the run waits again.");
        _ended = Meter.CreateCounter<long>("agent_orchestrator.runs.ended", null, "Runs that ended, by status and reason.");
        _wait = Meter.CreateHistogram("agent_orchestrator.run.wait", "s", "From the acceptance of a run to its first claim.", null, s_waits);
        _duration = Meter.CreateHistogram("agent_orchestrator.run.duration", "s", "From the start of a run to its end, by status.", null, s_runs);
    }

    public Meter Meter { get; } = new(Name);

    /// <summary>Called once for each commit of this process, on the committing thread.</summary>
    public void Note(IReadOnlyList<Change> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            switch (changes[i])
            {
                case EventsAppended appended:
                    _events.Add(appended.Entries.Count);
                    break;
                case RunChanged { Run: var run }:
                    Note(run);
                    break;
            }
        }
    }

    public void Dispose() => Meter.Dispose();

    void Note(Run run)
    {
        switch (run.Status)
        {
            case RunStatus.Pending when run.Fence == 0:
                _queued.Add(1);
                break;
            case RunStatus.Pending:
                _requeued.Add(1);
                break;
            case RunStatus.Claimed:
                _claimed.Add(1);
                if (run is { Fence: 1, ClaimedAt: { } claimedAt })
                {
                    _wait.Record(Seconds(claimedAt - run.CreatedAt));
                }

                break;
            case var status when RunMoves.IsTerminal(status):
                NoteEnd(run);
                break;
        }
    }

    void NoteEnd(Run run)
    {
        var status = WireEnum<RunStatus>.Text(run.Status);
        _ended.Add(1, new("status", status), new("reason", ReasonOf(run.Reason)));
        if (run is { StartedAt: { } startedAt, CompletedAt: { } completedAt })
        {
            _duration.Record(Seconds(completedAt - startedAt), new KeyValuePair<string, object?>("status", status));
        }
    }

    /// <summary>Runners may report any word; only the known ones are told apart.</summary>
    static string ReasonOf(string? reason) => reason switch
    {
        null => "none",
        "completed" or "error" or "lost" or "expired" or "timeout" or "stopped" or "interrupted" or "shutdown" or "limit" or "model" or "missing"
            or "invalid_input" or "invalid_output" => reason,
        _ => "other",
    };

    static double Seconds(TimeSpan span) => Math.Max(0, span.TotalSeconds);
}
