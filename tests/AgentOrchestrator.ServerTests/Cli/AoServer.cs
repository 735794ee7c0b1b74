using System.Text.Json;
using AgentOrchestrator.ServerTests.Runs;

namespace AgentOrchestrator.ServerTests.Cli;

/// <summary>A server, the program beside it, and a runner of the predecessor's kind that the test plays.</summary>
sealed class AoServer : IAsyncDisposable
{
    AoServer(TestServer server, FakeRunner runner) =>
        (Server, Runner, Ao) = (server, runner, new AoProgram(server.Url, server.Folder));

    public TestServer Server { get; }

    public FakeRunner Runner { get; }

    public AoProgram Ao { get; }

    public HttpClient Http => Server.Client;

    public static async Task<AoServer> StartAsync()
    {
        var server = await TestServer.StartAsync();
        return new AoServer(server, await FakeRunner.RegisterAsync(server.Client, "cli"));
    }

    /// <summary>The next run, claimed and begun.</summary>
    public async Task<JsonElement> BeginRunAsync()
    {
        JsonElement? run = null;
        await Eventually.TrueAsync(
            async () => (run = await Runner.PollAsync(TestContext.Current.CancellationToken)) is not null,
            "a run is queued",
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken);
        await Runner.StartAsync(run!.Value.Text("run_id"));
        return run.Value;
    }

    /// <summary>Takes the next run to its end as the predecessor's executor does: with the result as a message.</summary>
    public async Task<JsonElement> CompleteRunAsync(string result)
    {
        var run = await BeginRunAsync();
        await CompleteAsync(run, result);
        return run;
    }

    public async Task CompleteAsync(JsonElement run, string result)
    {
        var session = run.Text("session_id");
        await Http.PostJsonAsync($"/sessions/{session}/events", new
        {
            event_type = "message",
            session_id = session,
            session_name = run.Text("session_name"),
            timestamp = "2026-03-01T12:00:00Z",
            role = "assistant",
            content = new[] { new { type = "text", text = result } },
        });
        await Runner.CompleteAsync(run.Text("run_id"));
    }

    /// <summary>A finished session of that name.</summary>
    public async Task<JsonElement> FinishedSessionAsync(string name, string result = "done")
    {
        await Ao.OutputAsync($"ao start {name} -p hello --detach");
        return await CompleteRunAsync(result);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
