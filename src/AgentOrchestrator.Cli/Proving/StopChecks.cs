using System.Globalization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A stop that was acknowledged. Times by <see cref="HostClock"/>.</summary>
/// <param name="Asked">When it was first asked for: what was acknowledged before must end.</param>
/// <param name="Answer">Its run is the live one of the session, else the newest that waited; null when none did.</param>
sealed record Stop(TimeSpan Asked, TimeSpan Acknowledged, StopAnswer Answer);

/// <summary>What became of runs that somebody stopped.</summary>
/// <param name="runnerOf">The name of the runner that holds or held a run; null when that is not known.</param>
sealed class StopChecks(IReadOnlyList<RunView> runs, IReadOnlyList<Witness.Line> lines, Outages outages, Func<RunView, string?> runnerOf)
{
    /// <summary>From the acknowledgement to the last sign of life, outages not counted.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(15);

    readonly ILookup<string, RunView> _runs = runs.ToLookup(run => run.RunId);
    readonly ILookup<string, RunView> _ofSession = runs.ToLookup(run => run.SessionId);
    readonly ILookup<string, Witness.Line> _lines = lines.ToLookup(line => line.Run);

    /// <param name="acknowledged">When each run was acknowledged.</param>
    public Finding Check(IReadOnlyCollection<Stop> stops, IReadOnlyDictionary<string, TimeSpan> acknowledged) =>
        new("A stop is carried out", stops.Count, [.. stops.SelectMany(stop => Broken(stop, acknowledged)).Distinct()]);

    IEnumerable<string> Broken(Stop stop, IReadOnlyDictionary<string, TimeSpan> acknowledged)
    {
        foreach (var open in _ofSession[stop.Answer.SessionId].Where(Checks.IsOpen))
        {
            yield return $"{open.RunId} goes on";
        }

        if (stop.Answer.RunId is { } told && WrongEnd(told, stop.Answer.Status) is { } wrong)
        {
            yield return wrong;
        }

        var meant = _ofSession[stop.Answer.SessionId]
            .Where(run => run.RunId == stop.Answer.RunId || (acknowledged.TryGetValue(run.RunId, out var at) && at < stop.Asked));
        foreach (var run in meant)
        {
            var late = _lines[run.RunId].Select(line => line.At).DefaultIfEmpty().Max() - outages.Deadline(stop.Acknowledged, Within, runnerOf(run));
            if (late > TimeSpan.Zero)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{run.RunId} worked {(late + Within).TotalSeconds:N1} s after its stop was acknowledged");
            }
        }
    }

    /// <summary>Who was told to stop is stopped, unless it had come to its own end by then; who waited has never run.</summary>
    string? WrongEnd(string told, string status)
    {
        if (_runs[told].FirstOrDefault() is not { } run)
        {
            return $"{told} is not there";
        }

        if (status == "stopped" && _lines[told].Any())
        {
            return $"{told} was stopped before it began, and has run";
        }

        return run.Status is RunStatus.Stopped || Checks.IsOpen(run) || (run.Status is RunStatus.Completed && _lines[told].Any(line => line.What is "end"))
            ? null
            : $"{told} was told to stop and is {WireEnum<RunStatus>.Text(run.Status)}";
    }
}
