using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Telemetry;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Agents;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Archives;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Logging;
using AgentOrchestrator.Server.Metrics;

namespace AgentOrchestrator.Server;

/// <summary>Opens the stores of a server.</summary>
delegate Stores OpenStores(ServerOptions options, IChangeSink changes, TimeProvider time);

/// <summary>A running server: in its own process, or inside a test with a folder of its own and port 0.</summary>
sealed class ServerHost : IAsyncDisposable
{
    readonly WebApplication _app;
    IDisposable? _export;

    ServerHost(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public IReadOnlyList<string> Urls => [.. _app.Urls];

    public IReadOnlyList<Endpoint> Routes => RoutesOf(_app);

    /// <summary>The owner's token; null where authentication is off.</summary>
    public string? Token { get; private set; }

    /// <exception cref="ProductException">Says in one sentence why the server cannot start, and what to do.</exception>
    public static async Task<ServerHost> StartAsync(ServerOptions options, OpenStores open, CancellationToken cancel)
    {
        options.Validate();
        var app = Build(options, open);
        var host = new ServerHost(app);
        try
        {
            Policy.RequireOnAll(host.Routes);
            // Listens before the first commit, so that nothing is left out.
            app.Services.GetRequiredService<MetricsRegistry>();
            host._export = OtlpExport.Start(options.OtlpEndpoint, ServerProgram.Version, Environment.GetEnvironmentVariable);
            await app.Services.GetRequiredService<IDatabase>().OpenAsync(cancel);
            app.Services.GetRequiredService<LifeSign>().Show();
            TemporaryFiles.Clear(options);
            await app.Services.GetRequiredService<AgentCatalog>().OpenAsync(cancel);
            await app.Services.GetRequiredService<RunbookAgents>().OpenAsync(cancel);
            await host.ServeAsync(options, cancel);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <returns>Why the process must not go on although nobody asked it to end; null at an ordinary end.</returns>
    public async Task<ProductException?> WaitForEndAsync(CancellationToken cancel)
    {
        var failure = Services.GetRequiredService<IDatabase>().Failure;
        var shutdown = _app.WaitForShutdownAsync(cancel);
        if (await Task.WhenAny(shutdown, failure) == failure)
        {
            return await failure;
        }

        await shutdown;
        return null;
    }

    public Task StopAsync(CancellationToken cancel) => _app.StopAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _export?.Dispose();
    }

    /// <summary>Binds, leaves the token where it is looked for, and only then answers: who sees the server up finds its token.</summary>
    async Task ServeAsync(ServerOptions options, CancellationToken cancel)
    {
        var owner = Services.GetRequiredService<OwnerToken>();
        Token = options.NoAuth ? null : await owner.PrepareAsync(cancel);
        await Kestrel.BindAsync(_app, options, cancel);
        if (Token is not null)
        {
            await owner.PublishAsync(Token, Urls, cancel);
        }

        Services.GetRequiredService<Opening>().Open();
    }

    static WebApplication Build(ServerOptions options, OpenStores open)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "AgentOrchestrator.Server" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Kestrel.Configure(kestrel, options));
        builder.Logging.AddConsoleLog(options);
        builder.Services.AddRoutingCore();
        builder.Services.AddServer(options, open);
        var app = builder.Build();
        if (options.LogLevel <= LogLevel.Debug)
        {
            app.UseMiddleware<RequestLog>();
        }

        app.UseMiddleware<RequestCount>();
        app.UseMiddleware<AuditTrail>();
        app.UseMiddleware<SafeHeaders>();
        app.UseMiddleware<Problems>();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<OriginCheck>();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        app.UseMiddleware<AuditOpening>();
        app.UseWebSockets();
        app.MapEverything();
        return app;
    }

    static IReadOnlyList<Endpoint> RoutesOf(WebApplication app) =>
        [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)];
}
