using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The MCP inspector's command line, at both doors.</summary>
[Collection(nameof(Alone))]
public sealed class InspectorTests
{
    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task The_inspector_lists_and_calls_the_tools(Door door)
    {
        var inspector = NpmProgram.Find("mcp-inspector");
        await using var server = await AoServer.StartAsync();

        var tools = await AskAsync(server, door, inspector, "--method", "tools/list");
        Assert.Contains("start_agent_session", tools.GetProperty("tools").EnumerateArray().Select(tool => tool.Text("name")));

        var status = await AskAsync(
            server, door, inspector, "--method", "tools/call", "--tool-name", "get_agent_session_status", "--tool-arg", "session_id=nobody");
        Assert.Equal("not_existent", status.GetProperty("structuredContent").Text("status"));
    }

    static async Task<JsonElement> AskAsync(AoServer server, Door door, string inspector, params string[] method)
    {
        string[] target = door is Door.Http
            ? [new Uri(server.Server.Url, "/mcp").ToString(), "--transport", "http"]
            : [.. server.Ao.Environment.SelectMany(variable => new[] { "-e", $"{variable.Key}={variable.Value}" }), Path.Combine(AoProgram.Folder, "ao"), "mcp"];
        var (exit, said) = await NpmProgram.RunAsync(inspector, server.Server.Folder, ["--cli", .. target, .. method]);
        Assert.True(exit == 0, said);
        using var json = JsonDocument.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..]);
        return json.RootElement.Clone();
    }
}
