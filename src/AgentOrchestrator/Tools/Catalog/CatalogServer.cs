using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>A server of the catalogue: asked for its tools once in a while, and not again and again while it cannot answer.</summary>
sealed class CatalogServer : IAsyncDisposable
{
    readonly IToolServer _server;
    readonly ToolCatalogLimits _limits;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _asking = new(1, 1);
    readonly Breaker _breaker;
    Listing? _listing;
    Trouble? _trouble;
    int? _count;
    int _generation;
    bool _wasAsked;
    bool _isFailing;

    readonly string _prefix;
    readonly IReadOnlyList<string> _reserved;

    /// <param name="prefix">What the names of its tools begin with.</param>
    /// <param name="reserved">Names that its tools cannot have.</param>
    public CatalogServer(
        ToolServerConfig config, IToolServer server, string prefix, IReadOnlyList<string> reserved, ToolCatalogLimits limits, TimeProvider time)
    {
        Config = config;
        _prefix = prefix;
        _reserved = reserved;
        _server = server;
        _limits = limits;
        _time = time;
        _breaker = new Breaker(limits.MaxFaults, limits.FaultRest, time);
        server.ToolsChanged += (_, _) => Forget();
    }

    public ToolServerConfig Config { get; }

    public string Key => Config.Key;

    public ServerHealth Health => new(
        !_wasAsked ? ServerState.Unknown : _breaker.IsOpen ? ServerState.Resting : _isFailing ? ServerState.Failing : ServerState.Ok,
        _count, _trouble?.Words, _trouble?.At);

    /// <exception cref="ToolException">It cannot say them; says why.</exception>
    public async Task<IReadOnlyList<CatalogTool>> ListAsync(CancellationToken cancel)
    {
        if (Known() is { } known) { return known.Tools(); }

        await _asking.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return (Known() ?? await AskAsync(cancel).ConfigureAwait(false)).Tools();
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Before a call, which is followed by <see cref="Leave"/> or <see cref="GiveUp"/> when this gives null.</summary>
    /// <returns>Why the server is left alone.</returns>
    public ToolException? Enter() => _breaker.Enter() is { } left
        ? new ToolException($"The tool server '{Key}' failed {_limits.MaxFaults} times in a row and is left alone for {Math.Ceiling(left.TotalSeconds):0} more seconds. The last time: {_trouble?.Words}")
        : null;

    /// <param name="fault">In words what the server did wrong; null when it did well.</param>
    public void Leave(string? fault)
    {
        Note(fault);
        _breaker.Leave(fault is not null);
    }

    public void GiveUp() => _breaker.GiveUp();

    /// <summary>Somebody wants it to be asked, whatever it did before.</summary>
    public void Refresh()
    {
        _breaker.Close();
        Forget();
    }

    /// <summary>The next one who wants its tools asks it.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _generation);
        Volatile.Write(ref _listing, null);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    Listing? Known() =>
        Volatile.Read(ref _listing) is { } listing && _time.GetElapsedTime(listing.At) < (listing.Fault is null ? _limits.ListLifetime : _limits.ListRest)
            ? listing
            : null;

    async Task<Listing> AskAsync(CancellationToken cancel)
    {
        var generation = Volatile.Read(ref _generation);
        var listing = await TryAsync(cancel).ConfigureAwait(false);
        // What was said before the tools changed may be out of date.
        if (generation == Volatile.Read(ref _generation)) { Volatile.Write(ref _listing, listing); }
        return listing;
    }

    async Task<Listing> TryAsync(CancellationToken cancel)
    {
        if (Enter() is { } rests) { return Failed(rests); }

        try
        {
            var listing = await ReadAsync(cancel).ConfigureAwait(false);
            Leave(listing.Fault is { IsServersFault: true } fault ? fault.Message : null);
            // Also what is no fault of the server's, such as an address that may not be reached.
            Note(listing.Fault?.Message);
            _count = listing.Fault is null ? listing.All.Count : null;
            return listing;
        }
        catch (OperationCanceledException)
        {
            GiveUp();
            throw;
        }
    }

    async Task<Listing> ReadAsync(CancellationToken cancel)
    {
        var limit = Config.Timeout is { } own && own < _limits.ListTimeout ? own : _limits.ListTimeout;
        using var clock = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            var tools = await _server.ListAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            var taken = _reserved.ToHashSet(StringComparer.OrdinalIgnoreCase);
            return new Listing([.. tools.Select(tool => new CatalogTool(ToolNames.Unique(_prefix + tool.Name, taken), tool, this))], null, _time.GetTimestamp());
        }
        catch (ToolException fault)
        {
            return Failed(fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var words = $"The tool server '{Key}' did not say its tools within {limit.TotalSeconds:0.###} seconds.";
            return Failed(new ToolException(words) { IsServersFault = true, IsTimeout = true });
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return Failed(new ToolException($"The tool server '{Key}' could not say its tools in a way that nobody foresaw ({fault.GetType().Name}).", fault) { IsServersFault = true });
        }
    }

    void Note(string? trouble)
    {
        _wasAsked = true;
        _isFailing = trouble is not null;
        if (trouble is not null) { _trouble = new Trouble(trouble, _time.GetUtcNow()); }
    }

    Listing Failed(ToolException fault) => new([], fault, _time.GetTimestamp());

    sealed record Trouble(string Words, DateTimeOffset At);

    sealed record Listing(IReadOnlyList<CatalogTool> All, ToolException? Fault, long At)
    {
        public IReadOnlyList<CatalogTool> Tools() =>
            Fault is null ? All : throw new ToolException(Fault.Message, Fault) { IsServersFault = Fault.IsServersFault, IsTimeout = Fault.IsTimeout };
    }
}
