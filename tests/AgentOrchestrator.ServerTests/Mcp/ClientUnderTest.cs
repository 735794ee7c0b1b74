using System.Text.Json;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>Our client of MCP servers, for a suite that starts it as a program: the program asks this process, which does what an agent does.</summary>
sealed class ClientUnderTest : IAsyncDisposable
{
    const string Program = """
        const answer = await fetch(process.argv[2], { method: "POST", body: process.argv[3] });
        process.stderr.write(await answer.text());
        process.exitCode = answer.ok ? 0 : 1;
        """;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-mcp-client-");
    readonly WebApplication _app;

    ClientUnderTest()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Folder => _folder.FullName;

    /// <summary>What the suite runs; it puts the server's address behind.</summary>
    public string Command => $"node {Path.Combine(Folder, "client.mjs")} {_app.Urls.First()}";

    public static async Task<ClientUnderTest> StartAsync()
    {
        var client = new ClientUnderTest();
        await File.WriteAllTextAsync(Path.Combine(client.Folder, "client.mjs"), Program, TestContext.Current.CancellationToken);
        await client._app.StartAsync(TestContext.Current.CancellationToken);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    static async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var address = new Uri(await reader.ReadToEndAsync());
        try
        {
            await UseAsync(address, context.RequestAborted);
        }
        catch (ToolException refusal)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            await context.Response.WriteAsync(refusal.Message);
        }
    }

    /// <summary>Every tool, once. No connection is left over: the suite's servers wait for their ends.</summary>
    static async Task UseAsync(Uri address, CancellationToken cancel)
    {
        using var client = new OutboundClient(new OutboundPolicy { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8, ::1/128") });
        await using var server = new McpToolServer(new ToolServerConfig { Key = "suite", Kind = ToolServerKind.Mcp, Url = address }, client);
        foreach (var tool in await server.ListAsync(cancel)) { await tool.InvokeAsync(Arguments(tool.JsonSchema), cancel); }
    }

    static AIFunctionArguments Arguments(JsonElement schema) => schema.TryGetProperty("properties", out var properties)
        ? new(properties.EnumerateObject().ToDictionary(property => property.Name, property => Sample(property.Value)))
        : [];

    static object? Sample(JsonElement schema) => schema.TryGetProperty("type", out var type) && type.ValueEquals("number") ? 5 : "a text";
}
