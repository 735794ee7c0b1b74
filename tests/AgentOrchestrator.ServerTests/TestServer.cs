using AgentOrchestrator.Server;

namespace AgentOrchestrator.ServerTests;

/// <summary>The real server inside the test's process: a folder and a port of its own, SQLite, no authentication unless asked for.</summary>
/// <remarks>Stop and start it again over the same folder and port to test a restart.</remarks>
sealed class TestServer : IAsyncDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-test-");
    readonly Func<ServerOptions, ServerOptions> _adjust;
    ServerHost? _host;
    string? _url;

    TestServer(Func<ServerOptions, ServerOptions> adjust) => _adjust = adjust;

    public ServerHost Host => _host ?? throw new InvalidOperationException("the server is stopped");

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    public Uri Url => new(_url!);

    public string Folder => _folder.FullName;

    public string DataDir => Path.Combine(Folder, "data");

    public string AgentsDir => Path.Combine(Folder, "agents");

    public static async Task<TestServer> StartAsync(Func<ServerOptions, ServerOptions>? adjust = null)
    {
        var server = new TestServer(adjust ?? (options => options));
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var options = _adjust(new ServerOptions
        {
            Urls = [_url ?? "http://127.0.0.1:0"],
            DataDir = DataDir,
            AgentsDir = AgentsDir,
            ProjectDir = Folder,
            NoAuth = true,
            NoRunner = true,
            TokenFile = Path.Combine(Folder, "servers.json"),
            LogLevel = LogLevel.Warning,
        });
        _host = await ServerHost.StartAsync(options, StoreSelection.Open, TestContext.Current.CancellationToken);
        _url ??= _host.Urls[0];
        Client.BaseAddress ??= Url;
    }

    public async Task StopAsync()
    {
        var host = Host;
        _host = null;
        await host.StopAsync(CancellationToken.None);
        await host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_host is not null)
        {
            await StopAsync();
        }

        _folder.Delete(recursive: true);
    }
}
