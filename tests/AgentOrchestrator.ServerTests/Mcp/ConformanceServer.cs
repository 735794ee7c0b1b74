using AgentOrchestrator.Server;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Mcp;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The hosting code of <c>/mcp</c> behind the product's checks of Host and Origin, with fixtures in place of the tools.</summary>
sealed class ConformanceServer : IAsyncDisposable
{
    readonly DirectoryInfo _folder;
    readonly WebApplication _app;

    ConformanceServer(DirectoryInfo folder, WebApplication app) => (_folder, _app) = (folder, app);

    public string Folder => _folder.FullName;

    public string Url => _app.Urls.First() + "/mcp";

    public static async Task<ConformanceServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("ao-mcp-");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ServerOptions { DataDir = folder.FullName, AgentsDir = folder.FullName, ProjectDir = folder.FullName, NoAuth = true });
        builder.Services.AddSingleton<Drain>();
        builder.Services.AddSingleton<Opening>();
        builder.Services.AddSingleton<McpSessions>();
        builder.Services.AddHostedService<McpShutdown>();
        builder.Services.AddSingleton<OpenMcp>((_, _) => ConformanceFixtures.Options());
        var app = builder.Build();
        app.UseMiddleware<Problems>();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<OriginCheck>();
        app.UseRouting();
        app.Use(next => http =>
        {
            http.Features.Set(Principal.Local);
            return next(http);
        });
        app.MapMcp();
        await app.StartAsync(TestContext.Current.CancellationToken);
        app.Services.GetRequiredService<Opening>().Open();
        return new ConformanceServer(folder, app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
