using System.Text.Json;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Cli;

public sealed class TokenVerbTests
{
    [Fact]
    public async Task The_token_is_found_without_typing()
    {
        await using var server = await StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);

        Assert.Equal("not_existent\n", await ao.OutputAsync("ao status one"));
        var shown = JsonElement.Parse(await ao.OutputAsync("ao token --json"));
        Assert.Equal((server.Host.Token, TokenFile(server)), (shown.Text("token"), shown.Text("from")));
    }

    [Fact]
    public async Task A_token_is_made_used_listed_and_ended()
    {
        await using var server = await StartAsync();
        var owner = new AoProgram(server.Url, server.Folder);
        var viewer = new AoProgram(server.Url, server.Folder);

        viewer.Environment["AGENT_ORCHESTRATOR_TOKEN"] = (await owner.OutputAsync("ao token create phone --role viewer --days 1")).Trim();
        Assert.Equal("No sessions found\n", await viewer.OutputAsync("ao list"));
        Assert.Equal(1, (await viewer.RunAsync("ao start one -p hello")).ExitCode);

        var list = JsonElement.Parse(await owner.OutputAsync("ao token list --json"));
        var id = list.GetProperty("tokens").EnumerateArray().Single(token => token.Text("name") == "phone").Text("token_id");
        Assert.Contains("phone", await owner.OutputAsync("ao token list"), StringComparison.Ordinal);
        await owner.OutputAsync($"ao token revoke {id}");

        Assert.Equal(1, (await viewer.RunAsync("ao list")).ExitCode);
        var doctor = await viewer.RunAsync("ao doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("✗ token", doctor.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ao token create phone --role king", "must be one of")]
    [InlineData("ao token revoke tok_000000000000", "")]
    public async Task What_cannot_be_done_is_an_error(string line, string message)
    {
        await using var server = await StartAsync();

        var end = await new AoProgram(server.Url, server.Folder).RunAsync(line);

        Assert.Equal(1, end.ExitCode);
        Assert.Contains(message, end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_every_verb_says_where_one_comes_from()
    {
        await using var server = await StartAsync();
        var stranger = new AoProgram(server.Url, server.Folder) { Environment = { ["XDG_CONFIG_HOME"] = Path.Combine(server.Folder, "elsewhere") } };

        Assert.Contains("token", (await stranger.RunAsync("ao list")).Error, StringComparison.Ordinal);
        Assert.Contains("AGENT_ORCHESTRATOR_TOKEN", (await stranger.RunAsync("ao token")).Error, StringComparison.Ordinal);
    }

    static Task<TestServer> StartAsync() => GuardedServer.StartAsync(options => options with
    {
        TokenFile = Path.Combine(options.ProjectDir, "config", "agent-orchestrator", "servers.json"),
    });

    static string TokenFile(TestServer server) => Path.Combine(server.Folder, "config", "agent-orchestrator", "servers.json");
}
