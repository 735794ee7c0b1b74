using System.Globalization;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>How long runs looked live whose runner was gone. Times by <see cref="HostClock"/>.</summary>
sealed class Losses
{
    readonly Dictionary<string, (int Attempt, TimeSpan At)> _held = [];
    readonly Dictionary<(string Run, TimeSpan Since), TimeSpan> _live = [];
    readonly Dictionary<string, TimeSpan> _gone = [];
    readonly Dictionary<string, TimeSpan> _lost = [];

    /// <summary>From when a runner was gone to when a run of it was seen as lost.</summary>
    public TimeSpan Slowest => _lost.Values.DefaultIfEmpty().Max();

    /// <param name="run">As it was just seen.</param>
    /// <param name="goneSince">Since when its runner is gone; null while it is there.</param>
    public void Note(RunView run, TimeSpan now, TimeSpan? goneSince)
    {
        var held = NoteHeld(run, now);
        if (held is not null && goneSince is { } gone)
        {
            var since = held > gone ? held.Value : gone;
            _gone[run.RunId] = since;
            _live[(run.RunId, since)] = now;
        }
        else if (_gone.Remove(run.RunId, out var before) && run.Reason == "lost")
        {
            _lost[run.RunId] = now - before;
        }
    }

    public Finding Check(Outages outages) => new(
        "A run whose runner is gone is lost in time", _lost.Count,
        [.. _live.Where(seen => seen.Value > outages.Deadline(seen.Key.Since, Laboratory.LostWithin, Outages.Server))
            .Select(seen => string.Create(
                CultureInfo.InvariantCulture, $"{seen.Key.Run} was live when its runner had been gone for {(seen.Value - seen.Key.Since).TotalSeconds:N1} s"))]);

    /// <summary>What a runner that is gone has been given since, through a poll that it had left behind, counts from then on.</summary>
    /// <returns>When this attempt was first seen with its runner; null when it has none.</returns>
    TimeSpan? NoteHeld(RunView run, TimeSpan now)
    {
        if (run.Status is not (RunStatus.Claimed or RunStatus.Running or RunStatus.Stopping))
        {
            _held.Remove(run.RunId);
            return null;
        }

        if (!_held.TryGetValue(run.RunId, out var held) || held.Attempt != run.Attempt)
        {
            _held[run.RunId] = held = (run.Attempt, now);
        }

        return held.At;
    }
}
