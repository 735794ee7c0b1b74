namespace AgentOrchestrator.ModelServer;

/// <summary>
/// A model without a model: speaks the APIs of Anthropic, OpenAI and Ollama on loopback and answers as the newest
/// user text says, see <see cref="Script"/>. It keeps no state between requests, so a restart or a retry changes nothing.
/// </summary>
public sealed class ScriptedModelServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly RequestLog _log;
    readonly Hold _hold;

    ScriptedModelServer(WebApplication app, RequestLog log, Hold hold)
    {
        _app = app;
        _log = log;
        _hold = hold;
    }

    /// <summary>Without a path: Anthropic's and Ollama's clients take it as it is, OpenAI's want <c>/v1</c> behind it.</summary>
    public string BaseUrl => _app.Urls.First();

    public IReadOnlyList<RecordedRequest> Requests => _log.All;

    /// <param name="url">Where to listen; a free port of loopback if not said.</param>
    /// <param name="cancel">Ends the start.</param>
    public static async Task<ScriptedModelServer> StartAsync(string url = "http://127.0.0.1:0", CancellationToken cancel = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var log = new RequestLog();
        var hold = new Hold();
        var app = builder.Build();
        new ModelEndpoints(log, hold).Map(app);
        await app.StartAsync(cancel);
        return new ScriptedModelServer(app, log, hold);
    }

    /// <summary>The first request, past or coming, that is wanted.</summary>
    public Task<RecordedRequest> WaitForRequestAsync(Func<RecordedRequest, bool> wanted, CancellationToken cancel) =>
        _log.WaitAsync(wanted, cancel);

    /// <summary>Returns once for each answer that has reached <c>[[hang]]</c>.</summary>
    public Task WaitForHangAsync(CancellationToken cancel) => _hold.ArrivalAsync(cancel);

    /// <summary>Lets the answers that hang now go on.</summary>
    public void Release() => _hold.Release();

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        _hold.Release();
        await _app.DisposeAsync();
        _hold.Dispose();
    }
}
