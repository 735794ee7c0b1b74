using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>Compares what was acknowledged, what the server says now and what the programs wrote down.</summary>
sealed class Checks(OrchestratorClient client, History history, IReadOnlyList<Witness.Line> witnessed, RunWatch watch, Outages outages)
{
    readonly Dictionary<string, IReadOnlyList<EventView>> _logs = [];
    IReadOnlyList<RunView> _runs = [];

    public IReadOnlyList<RunView> Runs => _runs;

    /// <param name="followed">The sequences that a feed brought, of one session, through all faults.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(string followedSession, IReadOnlyList<long> followed)
    {
        _runs = (await client.Runs.ListAsync()).Runs;
        foreach (var session in (await client.Sessions.ListAsync()).Sessions)
        {
            _logs[session.SessionId] = await ReadLogAsync(session.SessionId);
        }

        return
        [
            .. Acknowledged(),
            Dense(),
            Followed(followedSession, followed),
            new("Every run has ended", _runs.Count, [.. _runs.Where(IsOpen).Select(run => $"{run.RunId} is {run.Status}")]),
            EndedOnce(),
            .. WitnessChecks.All(witnessed, watch.Ended),
            StoppedStay(),
            watch.Losses.Check(outages),
            CalledBack(),
        ];
    }

    public static bool IsOpen(RunView run) => run.Status is not (RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped);

    IEnumerable<Finding> Acknowledged()
    {
        var events = history.Events.ToLookup(e => e.Session, e => e.Key);
        var found = events.ToDictionary(session => session.Key, session => _logs[session.Key]
            .Where(e => e.EventType == EventTypes.Message).GroupBy(e => e.Timestamp).ToDictionary(same => same.Key, same => same.Count()));
        var lostEvents = history.Events.Where(e => !found[e.Session].ContainsKey(e.Key)).Select(e => $"event {e.Key}");
        var byId = _runs.ToLookup(run => run.RunId);
        var lostRuns = history.Runs.Where(run => !byId.Contains(run.Run.RunId)).Select(run => $"run {run.Run.RunId} of {run.Key}");
        yield return new("What was acknowledged is there", history.Count, [.. lostEvents, .. lostRuns]);

        var twice = found.SelectMany(session => session.Value).Where(e => e.Value > 1).Select(e => $"event {e.Key} stands {e.Value} times");
        var startedTwice = _runs.Where(run => run.Type is RunType.StartSession).GroupBy(run => run.Prompt).Where(same => same.Count() > 1)
            .Select(same => $"start {same.Key} made {same.Count()} runs");
        yield return new("What was repeated happened once", history.Count, [.. twice, .. startedTwice]);
    }

    Finding Dense() => new("Logs are numbered 1, 2, 3 … without gaps", _logs.Sum(log => log.Value.Count),
        [.. _logs.Where(log => !log.Value.Select(e => e.Seq).SequenceEqual(Enumerable.Range(1, log.Value.Count).Select(n => (long)n)))
            .Select(log => $"session {log.Key}")]);

    Finding Followed(string session, IReadOnlyList<long> followed) => new("A live feed shows the whole log, in order", followed.Count,
        followed.SequenceEqual(_logs[session].Select(e => e.Seq)) ? [] : [$"the feed of {session} brought {followed.Count} of {_logs[session].Count} events"]);

    Finding EndedOnce()
    {
        var ends = _logs.SelectMany(log => log.Value)
            .Where(e => e.EventType is EventTypes.RunCompleted or EventTypes.RunFailed or EventTypes.RunStopped)
            .GroupBy(e => e.RunId!).ToDictionary(same => same.Key, same => same.Count());
        return new("A run ends once", _runs.Count,
            [.. _runs.Where(run => !IsOpen(run) && ends.GetValueOrDefault(run.RunId) != 1)
                .Select(run => $"{run.RunId} has {ends.GetValueOrDefault(run.RunId)} ends in its log")]);
    }

    Finding StoppedStay()
    {
        var acknowledged = history.Runs.GroupBy(run => run.Run.RunId).ToDictionary(same => same.Key, same => same.Min(run => run.At));
        return new StopChecks(_runs, witnessed, outages, watch.RunnerOf).Check(history.Stops, acknowledged);
    }

    /// <summary>Every end of a child is in its parent's log once.</summary>
    Finding CalledBack()
    {
        var told = _logs.SelectMany(log => log.Value).Where(e => e.EventType == EventTypes.Callback)
            .Select(e => (Parent: e.SessionId, Child: Text(e.Data, "child_run_id"))).ToLookup(e => e);
        var children = _runs.Where(run => run is { ExecutionMode: ExecutionMode.AsyncCallback, ParentSessionId: not null } && !IsOpen(run)).ToList();
        return new("Every end of a child is told to its parent once", children.Count,
            [.. children.Select(child => (child.RunId, Times: told[(child.ParentSessionId!, child.RunId)].Count())).Where(child => child.Times != 1)
                .Select(child => string.Create(CultureInfo.InvariantCulture, $"the end of {child.RunId} was told {child.Times} times"))]);
    }

    static string? Text(JsonElement? data, string member) =>
        data is { ValueKind: JsonValueKind.Object } and var fields && fields.TryGetProperty(member, out var value) ? value.GetString() : null;

    async Task<IReadOnlyList<EventView>> ReadLogAsync(string session)
    {
        var log = new List<EventView>();
        long? after = 0;
        while (after is { } from)
        {
            var page = await client.Sessions.GetEventsAsync(session, from, 1_000);
            log.AddRange(page.Events);
            after = page.NextAfter;
        }

        return log;
    }
}
