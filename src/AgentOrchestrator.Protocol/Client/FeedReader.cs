using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Reads one session's feed over as many connections as it takes; each resumes after the last sequence that was read.</summary>
sealed class FeedReader(Caller caller, string path, FeedOptions options)
{
    static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    long _after;

    public async IAsyncEnumerable<FeedFrame> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancel)
    {
        _after = after;
        var outage = new Outage(options);
        while (true)
        {
            var opened = await OpenAsync(outage, cancel).ConfigureAwait(false);
            if (opened is null)
            {
                await outage.PauseAsync(cancel).ConfigureAwait(false);
                continue;
            }

            await using var stream = opened;
            await using var items = SseParser.Create(stream, Parse).EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
            while (await NextAsync(items, outage, cancel).ConfigureAwait(false))
            {
                if (items.Current.Data is not { } frame || !IsNew(frame))
                {
                    continue;
                }

                yield return frame;
                if (frame is FeedFrame.Deleted)
                {
                    yield break;
                }
            }

            await outage.PauseAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Null when the server is away and it is worth trying again.</summary>
    async Task<Stream?> OpenAsync(Outage outage, CancellationToken cancel)
    {
        try
        {
            var stream = await caller.OpenStreamAsync(new Request("GET", path) { LastEventId = _after }, cancel).ConfigureAwait(false);
            return new WatchedStream(stream, options.Silence, options.Time);
        }
        catch (ProductException e) when (e.Code is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.LimitExceeded)
        {
            outage.Note(e);
            return null;
        }
    }

    static async ValueTask<bool> NextAsync(IAsyncEnumerator<SseItem<FeedFrame?>> items, Outage outage, CancellationToken cancel)
    {
        try
        {
            if (await items.MoveNextAsync().ConfigureAwait(false))
            {
                outage.End();
                return true;
            }

            outage.Note(new ProductException(ErrorCode.Unavailable, "The server closed the feed"));
            return false;
        }
        catch (Exception e) when (e is IOException or TimeoutException or HttpRequestException && !cancel.IsCancellationRequested)
        {
            outage.Note(new ProductException(ErrorCode.Unavailable, "The connection to the server was lost", inner: e));
            return false;
        }
    }

    bool IsNew(FeedFrame frame)
    {
        var reached = frame switch
        {
            FeedFrame.Logged { Event.Seq: var seq } => seq,
            FeedFrame.Gap { To: var to } => to,
            _ => long.MaxValue,
        };
        if (reached is long.MaxValue)
        {
            return true;
        }

        var isNew = reached > _after;
        _after = Math.Max(_after, reached);
        return isNew;
    }

    /// <summary>Null for a type of frame that this client does not know.</summary>
    static FeedFrame? Parse(string type, ReadOnlySpan<byte> data) => type switch
    {
        "event" => new FeedFrame.Logged(JsonSerializer.Deserialize(data, ProtocolJson.Default.EventView)!),
        "delta" when JsonSerializer.Deserialize(data, ProtocolJson.Default.FeedDeltas) is { } written =>
            new FeedFrame.Written(written.RunId, written.Deltas),
        "session" => new FeedFrame.Changed(JsonSerializer.Deserialize(data, ProtocolJson.Default.SessionView)!),
        "gap" when JsonSerializer.Deserialize(data, ProtocolJson.Default.FeedGap) is { } gap => new FeedFrame.Gap(gap.From, gap.To),
        "deleted" => new FeedFrame.Deleted(),
        _ => null,
    };

    /// <summary>The time that the server has been away, and the pauses between attempts.</summary>
    sealed class Outage(FeedOptions options)
    {
        TimeSpan _pause = options.FirstPause;
        long? _since;

        /// <exception cref="ProductException">The same, once patience is at its end.</exception>
        public void Note(ProductException reason)
        {
            if (_since is not { } since)
            {
                _since = options.Time.GetTimestamp();
                options.ConnectionChanged?.Invoke(reason);
            }
            else if (options.Time.GetElapsedTime(since) > options.Patience)
            {
                throw reason;
            }
        }

        public void End()
        {
            if (_since is not null)
            {
                _since = null;
                _pause = options.FirstPause;
                options.ConnectionChanged?.Invoke(null);
            }
        }

        public async Task PauseAsync(CancellationToken cancel)
        {
            await Task.Delay(_pause, options.Time, cancel).ConfigureAwait(false);
            _pause = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        }
    }
}
