using System.Collections.Concurrent;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Live;

/// <summary>Ends feeds whose token is revoked, has expired, or whose run has ended, on any node.</summary>
/// <remarks>Asks the store each second for each token that feeds are open on: no word from another node can be lost.</remarks>
sealed partial class TokenWatch(TokenCheck tokens, ServerOptions options, Drain drain, TimeProvider time, ILogger<TokenWatch> log) : BackgroundService
{
    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<FeedLife, string> _open = [];
    readonly SemaphoreSlim _now = new(0, 1);

    /// <summary>Takes note of a feed, until it is disposed of.</summary>
    /// <exception cref="ProductException">LimitExceeded: so many feeds are open on this token.</exception>
    public FeedLife Begin(HttpContext http)
    {
        var token = http.Features.Get<ShownToken>()?.Text;
        var life = new FeedLife(ended => _open.TryRemove(ended, out _), http.RequestAborted, drain.Started);
        if (token is null)
        {
            return life;
        }

        _open[life] = token;
        if (_open.Values.Count(other => other == token) > options.MaxFeedsPerToken)
        {
            life.Dispose();
            throw new ProductException(
                ErrorCode.LimitExceeded,
                $"{options.MaxFeedsPerToken} feeds are open on this token already; close some, use several topics on one WebSocket, or raise MAX_FEEDS_PER_TOKEN",
                "feed_limit");
        }

        return life;
    }

    /// <summary>Looks now: a token was revoked here.</summary>
    public void Look()
    {
        try
        {
            _now.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var feeds in _open.GroupBy(feed => feed.Value, feed => feed.Key))
            {
                await LookAsync(feeds, stoppingToken);
            }
        }
    }

    async Task WaitAsync(CancellationToken stop)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = new PeriodicTimer(s_interval, time);
        var tick = timer.WaitForNextTickAsync(round.Token).AsTask();
        var call = _now.WaitAsync(round.Token);
        await Task.WhenAny(tick, call);
        await round.CancelAsync();
        await Task.WhenAll(tick, call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task LookAsync(IGrouping<string, FeedLife> feeds, CancellationToken stop)
    {
        try
        {
            if (await tokens.FindAsync(feeds.Key, stop) is null)
            {
                foreach (var feed in feeds)
                {
                    feed.Lock();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The feeds end with the server.
        }
        catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout)
        {
            LogPostponed(away);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The tokens of open feeds could not be looked at and will be again")]
    partial void LogPostponed(Exception error);
}
