using System.Net.Http.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.ClaudeCode;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>What a machine without keys sees: the server with its own runner and the agents of a first start.</summary>
public sealed class DemoAgentTests : IAsyncLifetime
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    TestServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(options => options with { NoRunner = false });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("hello", "Hello, and welcome!")]
    [InlineData("storyteller", "The lighthouse")]
    [InlineData("researcher", "Research notes")]
    [InlineData("writer", "First draft")]
    public async Task Each_completes_on_hello(string agent, string beginning)
    {
        var started = await StartAsync(agent);

        var run = await EndAsync(started.RunId);

        Assert.True(run.Status is RunStatus.Completed, $"{run.Status}: {run.Error}");
        Assert.StartsWith(beginning, run.ResultText, StringComparison.Ordinal);
        Assert.Equal((0L, "scripted"), (run.Usage!.OutputTokens, run.Usage.Model));
        var result = await _server.Client.GetFromJsonAsync($"/sessions/{started.SessionId}/result", ProtocolJson.Default.SessionResult, Cancel);
        Assert.Equal(run.ResultText, result!.Result);
        Assert.Equal(["user", "assistant"], (await EventsAsync(started.SessionId)).Where(entry => entry.EventType == EventTypes.Message).Select(entry => entry.Role!));
    }

    [Fact]
    public async Task The_parent_is_called_back_and_writes_a_summary()
    {
        var started = await StartAsync("editor-in-chief");

        var summary = "";
        await Eventually.TrueAsync(
            async () => (summary = await LastAnswerAsync(started.SessionId)).StartsWith("Summary", StringComparison.Ordinal),
            "the parent writes its summary", s_limit, Cancel);

        Assert.Contains("Research notes", summary);
        Assert.Contains("First draft", summary);
        var events = await EventsAsync(started.SessionId);
        Assert.Equal(2, events.Count(entry => entry.EventType == EventTypes.PreTool));
        Assert.All(events.Where(entry => entry.EventType == EventTypes.PostTool), entry => Assert.Null(entry.Error));
        Assert.Equal(2, events.Count(entry => entry.EventType == EventTypes.Callback));
        var sessions = (await _server.Client.GetFromJsonAsync("/sessions", ProtocolJson.Default.SessionList, Cancel))!.Sessions;
        Assert.Equal(2, sessions.Count(session => session.ParentSessionId == started.SessionId));
    }

    [Fact]
    public async Task A_story_can_be_stopped_in_the_middle_and_taken_up_again()
    {
        var started = await StartAsync("storyteller");
        await Eventually.TrueAsync(
            async () => (await RunAsync(started.RunId)).Status is RunStatus.Running, "the story has begun", s_limit, Cancel);
        using var stopped = await _server.Client.PostAsync(new Uri($"/sessions/{started.SessionId}/stop", UriKind.Relative), null, Cancel);

        Assert.Equal(RunStatus.Stopped, (await EndAsync(started.RunId)).Status);
        var partial = (await EventsAsync(started.SessionId)).SingleOrDefault(entry => entry.Role == "assistant");
        Assert.True(partial is null || partial.Data!.Value.GetProperty("partial").GetBoolean());

        var resumed = await PostAsync(new CreateRun { Type = RunType.ResumeSession, SessionId = started.SessionId, Prompt = "go on" });
        Assert.Equal(RunStatus.Completed, (await EndAsync(resumed.RunId)).Status);
    }

    [Fact]
    public async Task Deleted_demo_agents_stay_deleted_after_a_restart()
    {
        foreach (var agent in new[] { "coder", "concierge", "editor-in-chief", "hello", "researcher", "storyteller", "writer" })
        {
            await _server.Client.CallAsync(HttpMethod.Delete, $"/agents/{agent}", expected: 204, cancel: Cancel);
        }

        await _server.StopAsync();
        await _server.StartAgainAsync();

        Assert.Equal("assistant", Assert.Single((await _server.Client.GetJsonAsync("/agents")).EnumerateArray()).Text("name"));
    }

    [Fact]
    public async Task The_coder_completes_on_hello_with_the_real_Claude_Code()
    {
        await using var server = await ClaudeServer.StartAsync();

        var created = await server.PostAsync("/runs", """{"type":"start_session","session_name":"code","agent_name":"coder","prompt":"hello"}""");
        await server.WaitForStatusAsync("code", "finished", "failed");

        Assert.Equal("completed", (await server.RunAsync(created)).GetProperty("status").GetString());
    }

    Task<RunCreated> StartAsync(string agent) => PostAsync(new CreateRun { Type = RunType.StartSession, AgentName = agent, Prompt = "hello" });

    async Task<RunCreated> PostAsync(CreateRun run)
    {
        using var response = await _server.Client.PostAsJsonAsync("/runs", run, CompactJson.Default.CreateRun, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.RunCreated, Cancel))!;
    }

    async Task<RunView> EndAsync(string runId)
    {
        RunView? run = null;
        await Eventually.TrueAsync(
            async () => (run = await RunAsync(runId)).Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped,
            $"run {runId} ends", s_limit, Cancel);
        return run!;
    }

    async Task<RunView> RunAsync(string runId) =>
        (await _server.Client.GetFromJsonAsync($"/runs/{runId}", ProtocolJson.Default.RunView, Cancel))!;

    async Task<IReadOnlyList<EventView>> EventsAsync(string session) =>
        (await _server.Client.GetFromJsonAsync($"/sessions/{session}/events", ProtocolJson.Default.EventList, Cancel))!.Events;

    async Task<string> LastAnswerAsync(string session) =>
        (await EventsAsync(session)).LastOrDefault(entry => entry.EventType == EventTypes.Message && entry.Role == "assistant") is { Content: { } content }
            ? content[0].GetProperty("text").GetString()!
            : "";
}
