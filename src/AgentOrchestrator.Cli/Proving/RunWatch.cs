using System.Collections.Concurrent;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>Looks each second how every run and runner stands, and remembers when a run was first known to have ended.</summary>
sealed class RunWatch(OrchestratorClient client, Outages outages, TimeProvider time)
{
    const int PageSize = 100;

    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    readonly HashSet<string> _open = [];
    readonly ConcurrentDictionary<string, RunView> _seen = [];
    readonly ConcurrentDictionary<string, string> _runners = [];
    readonly Dictionary<string, TimeSpan> _ended = [];
    string? _page;

    /// <summary>By when each run was known to have ended, by <see cref="HostClock"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Ended => _ended;

    /// <summary>What was seen of runs whose runner was gone.</summary>
    public Losses Losses { get; } = new();

    /// <returns>The run as it was seen last; null when it was not seen yet.</returns>
    public RunView? Find(string runId) => _seen.GetValueOrDefault(runId);

    /// <returns>The name of the runner that holds or held it; null when that is not known.</returns>
    public string? RunnerOf(RunView run) => run.RunnerId is { } id ? _runners.GetValueOrDefault(id) : null;

    public async Task RunAsync(CancellationToken over)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            do
            {
                await TryLookAsync(over);
            }
            while (await timer.WaitForNextTickAsync(over));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // What it has seen by then is what it has seen.
        }
    }

    async Task TryLookAsync(CancellationToken over)
    {
        try
        {
            await LookAsync(over);
        }
        catch (ProductException away) when (History.IsUnknown(away) || away.Code is ErrorCode.LimitExceeded)
        {
            // The server was killed, or is asked by too many; the next look sees it all.
        }
    }

    async Task LookAsync(CancellationToken over)
    {
        await ReadRunnersAsync(over);
        await ReadNewAsync(over);
        foreach (var run in _open.ToList())
        {
            Note(await client.Runs.GetAsync(run, over));
        }
    }

    async Task ReadRunnersAsync(CancellationToken over)
    {
        foreach (var runner in (await client.Runners.ListAsync(over)).Runners.Where(runner => runner.Tags.Count > 0))
        {
            var name = _runners[runner.RunnerId] = runner.Tags[0];
            outages.End(name, HostClock.Now - TimeSpan.FromSeconds(runner.SecondsSinceHeartbeat));
        }
    }

    /// <summary>The page that was the last one is read again: it may have grown.</summary>
    async Task ReadNewAsync(CancellationToken over)
    {
        string? next = null;
        do
        {
            _page = next ?? _page;
            var page = await client.Runs.ListAsync(PageSize, _page, over);
            foreach (var run in page.Runs.Where(run => !_ended.ContainsKey(run.RunId)))
            {
                Note(run);
            }

            next = page.NextCursor;
        }
        while (next is not null);
    }

    void Note(RunView run)
    {
        var now = HostClock.Now;
        _seen[run.RunId] = run;
        Losses.Note(run, now, GoneSince(run));
        if (Checks.IsOpen(run))
        {
            _open.Add(run.RunId);
            return;
        }

        _open.Remove(run.RunId);
        _ended[run.RunId] = now;
    }

    /// <summary>A server that starts gives every run one more lease.</summary>
    TimeSpan? GoneSince(RunView run)
    {
        if (RunnerOf(run) is not { } runner || outages.AwaySince(runner) is not { } since)
        {
            return null;
        }

        var started = outages.BackSince(Outages.Server);
        return started > since ? started : since;
    }
}
