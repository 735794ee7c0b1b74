using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>Looks each second how every run stands, and remembers since when it was known to have ended.</summary>
sealed class RunWatch(OrchestratorClient client, TimeProvider time)
{
    const int PageSize = 100;

    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    readonly HashSet<string> _open = [];
    readonly Dictionary<string, TimeSpan> _ended = [];
    string? _page;

    /// <summary>By when each run was known to have ended, by <see cref="HostClock"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Ended => _ended;

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
        catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout)
        {
            // The server was killed; the next look sees it all.
        }
    }

    async Task LookAsync(CancellationToken over)
    {
        await ReadNewAsync(over);
        foreach (var run in _open.ToList())
        {
            Note(await client.Runs.GetAsync(run, over));
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
        if (Checks.IsOpen(run))
        {
            _open.Add(run.RunId);
            return;
        }

        _open.Remove(run.RunId);
        _ended[run.RunId] = HostClock.Now;
    }
}
