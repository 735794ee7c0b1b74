using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>A server of the catalogue: asked for its tools once in a while, and not again and again while it cannot answer.</summary>
sealed class CatalogServer : IAsyncDisposable
{
    readonly IToolServer _server;
    readonly ToolCatalogLimits _limits;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _asking = new(1, 1);
    Listing? _listing;
    int _generation;

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
        server.ToolsChanged += (_, _) => Forget();
    }

    public ToolServerConfig Config { get; }

    public string Key => Config.Key;

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
        using var clock = new CancellationTokenSource(_limits.ListTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            var tools = await _server.ListAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            var taken = _reserved.ToHashSet(StringComparer.OrdinalIgnoreCase);
            return new Listing([.. tools.Select(tool => new CatalogTool(ToolNames.Unique(_prefix + tool.Name, taken), tool, this))], null, _time.GetTimestamp());
        }
        catch (ToolException fault)
        {
            return new Listing([], fault, _time.GetTimestamp());
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var words = $"The tool server '{Key}' did not say its tools within {_limits.ListTimeout.TotalSeconds:0.###} seconds.";
            return new Listing([], new ToolException(words) { IsServersFault = true, IsTimeout = true }, _time.GetTimestamp());
        }
    }

    sealed record Listing(IReadOnlyList<CatalogTool> All, ToolException? Fault, long At)
    {
        public IReadOnlyList<CatalogTool> Tools() =>
            Fault is null ? All : throw new ToolException(Fault.Message, Fault) { IsServersFault = Fault.IsServersFault, IsTimeout = Fault.IsTimeout };
    }
}
