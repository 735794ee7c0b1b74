using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The ways to the same tools.</summary>
public enum Door
{
    /// <summary><c>/mcp</c>, in the last protocol that has sessions.</summary>
    Http,

    /// <summary><c>/mcp</c>, in the protocol without sessions.</summary>
    Sessionless,

    /// <summary><c>ao mcp</c>.</summary>
    Stdio,
}

/// <summary>The official client, at a door.</summary>
static class McpDoors
{
    const string WithSessions = "2025-11-25";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<McpClient> ConnectAsync(this AoServer server, Door door, string? token = null) => door switch
    {
        Door.Stdio => StdioAsync(server),
        _ => server.Server.ConnectAsync(token, door is Door.Sessionless ? null : WithSessions),
    };

    /// <param name="version">The newest that there is when null.</param>
    public static Task<McpClient> ConnectAsync(
        this TestServer server, string? token = null, string? version = WithSessions, params (string Name, string Value)[] headers)
    {
        var all = headers.ToDictionary(header => header.Name, header => header.Value);
        if (token is not null)
        {
            all["Authorization"] = $"Bearer {token}";
        }

        var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(server.Url, "/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = all,
        });
        return McpClient.CreateAsync(transport, OptionsOf(version), cancellationToken: Cancel);
    }

    public static async Task<CallToolResult> CallAsync(this McpClient client, string tool, object? arguments = null)
    {
        var json = JsonSerializer.SerializeToElement(arguments ?? new { });
        return await client.CallToolAsync(
            tool, json.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value), cancellationToken: Cancel);
    }

    public static string Said(this CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    public static string Member(this CallToolResult result, string name) => result.StructuredContent!.Value.GetProperty(name).ToString();

    static Task<McpClient> StdioAsync(AoServer server) => McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = Path.Combine(AoProgram.Folder, "ao"),
            Arguments = ["mcp"],
            WorkingDirectory = server.Server.Folder,
            EnvironmentVariables = server.Ao.Environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value),
        }),
        OptionsOf(WithSessions),
        cancellationToken: Cancel);

    static McpClientOptions OptionsOf(string? version) => new()
    {
        ProtocolVersion = version,
        // Starting a program takes long on a busy machine.
        InitializationTimeout = TimeSpan.FromMinutes(2),
        DiscoverProbeTimeout = TimeSpan.FromMinutes(1),
    };
}
