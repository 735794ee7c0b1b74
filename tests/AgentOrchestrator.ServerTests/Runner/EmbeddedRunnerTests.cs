using System.Net.Http.Headers;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>The runner inside the server, with a scripted model.</summary>
public sealed class EmbeddedRunnerTests
{
    const string SlowAgent = """
        {"name":"slow","description":"takes its time","executor":"chat","provider":"scripted",
         "script":{"pace_ms":500,"steps":[{"reply":"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"}]}}
        """;

    [Fact]
    public async Task A_server_executes_by_itself_and_asks_its_own_runner_for_a_token_too()
    {
        var token = Directory.CreateTempSubdirectory("ao-token-");
        await using var server = await TestServer.StartAsync(options =>
            options with { NoRunner = false, NoAuth = false, TokenFile = Path.Combine(token.FullName, "servers.json") });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Host.Token);
        var runs = new RunClient(server.Client);
        await WriteAgentAsync(server, """{"name":"echo","description":"says what it hears","executor":"chat","provider":"scripted"}""");

        var started = await runs.StartAsync("hello", agent: "echo");
        var run = await runs.WaitForEndAsync(started.RunId);

        Assert.Equal((RunStatus.Completed, "You said: hello"), (run.Status, run.ResultText));
        Assert.Equal(["You said: hello"], await runs.ReadOutputAsync(run.SessionId));
        token.Delete(recursive: true);
    }

    [Fact]
    public async Task A_server_that_goes_down_stops_what_it_executes_and_says_so()
    {
        await using var server = await TestServer.StartAsync(options => options with { NoRunner = false });
        var runs = new RunClient(server.Client);
        await WriteAgentAsync(server, SlowAgent);
        var started = await runs.StartAsync("hello", agent: "slow");
        await RunClient.WaitAsync(async () => (await runs.FindAsync(started.RunId)).Status is RunStatus.Running, "the start of the run");

        await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await server.StartAgainAsync();

        var run = await runs.FindAsync(started.RunId);
        Assert.Equal((RunStatus.Failed, "shutdown"), (run.Status, run.Reason));
    }

    static async Task WriteAgentAsync(TestServer server, string json)
    {
        using var content = new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        using var response = await server.Client.PostAsync("/agents", content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
