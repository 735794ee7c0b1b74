namespace AgentOrchestrator.Cli.Proving;

/// <summary>Since when and until when a process of the laboratory was away, and when the whole machine stood: what a promise on time does not count.</summary>
/// <remarks>All times by <see cref="HostClock"/>.</remarks>
sealed class Outages(TimeProvider time)
{
    /// <summary>A name as those of the runners.</summary>
    public const string Server = "server";

    const string Machine = "machine";

    static readonly TimeSpan s_pulse = TimeSpan.FromMilliseconds(250);

    readonly Lock _lock = new();
    readonly List<Outage> _over = [];
    readonly Dictionary<string, TimeSpan> _away = [];

    /// <summary>It is away from now on, unless it was already.</summary>
    public void Begin(string who)
    {
        lock (_lock)
        {
            _away.TryAdd(who, HostClock.Now);
        }
    }

    /// <param name="heard">When it was heard from; earlier than its outage means nothing.</param>
    public void End(string who, TimeSpan heard)
    {
        lock (_lock)
        {
            if (_away.TryGetValue(who, out var since) && heard > since)
            {
                _away.Remove(who);
                _over.Add(new Outage(who, since, heard));
            }
        }
    }

    /// <returns>Null while it is there.</returns>
    public TimeSpan? AwaySince(string who)
    {
        lock (_lock)
        {
            return _away.TryGetValue(who, out var since) ? since : null;
        }
    }

    /// <summary>When it last came back; zero when it was never away.</summary>
    public TimeSpan BackSince(string who)
    {
        lock (_lock)
        {
            return _over.FindLast(outage => outage.Who == who).Until;
        }
    }

    public void Add(string who, TimeSpan since, TimeSpan until)
    {
        lock (_lock)
        {
            _over.Add(new Outage(who, since, until));
        }
    }

    /// <summary>The end of a time that counts only while the server, the machine and a runner are there.</summary>
    /// <param name="runner">Null for any of them, <see cref="Server"/> for none.</param>
    public TimeSpan Deadline(TimeSpan from, TimeSpan within, string? runner)
    {
        lock (_lock)
        {
            var deadline = from + within;
            foreach (var (_, since, until) in _over.Where(outage => runner is null || outage.Who == runner || outage.Who is Server or Machine)
                .OrderBy(outage => outage.Since))
            {
                // What began before the last one was over counts from there on.
                var start = since > from ? since : from;
                if (start < deadline && until > start)
                {
                    deadline += until - start;
                    from = until;
                }
            }

            return deadline;
        }
    }

    /// <summary>Notes each time that even a short wait took long.</summary>
    public async Task WatchMachineAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var due = HostClock.Now + s_pulse;
            await Task.Delay(s_pulse, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (HostClock.Now is var now && now > due)
            {
                Add(Machine, due, now);
            }
        }
    }

    readonly record struct Outage(string Who, TimeSpan Since, TimeSpan Until);
}
