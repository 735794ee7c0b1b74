using System.Text.Json;
using AgentOrchestrator.ModelServer;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>The road from end to end with a model called over its wire.</summary>
public sealed class ChatSessionTests : IAsyncLifetime
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    readonly ServerProcess _process = new();
    ScriptedModelServer _models = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _models = await ScriptedModelServer.StartAsync(cancel: Cancel);
        _process.Environment["OPENAI_API_KEY"] = "sk-made-up";
        _process.Environment["OPENAI_BASE_URL"] = _models.BaseUrl + "/v1";
        _process.Environment["ANTHROPIC_API_KEY"] = "sk-made-up";
        _process.Environment["ANTHROPIC_BASE_URL"] = _models.BaseUrl;
        _process.Environment["OLLAMA_BASE_URL"] = _models.BaseUrl;
        _process.Environment["AI_PROVIDER"] = "ollama";
        await _process.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _models.DisposeAsync();
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("")]
    public async Task A_conversation_goes_on_from_its_log(string provider)
    {
        await _process.Client.PostJsonAsync("/agents", new { name = "talker", description = "d", executor = "chat", provider, model = "m1" }, expected: 201);

        var first = await RunAsync(new { type = "start_session", session_name = "talk", agent_name = "talker", prompt = "[[say:The first answer.]]" });
        var second = await RunAsync(new { type = "resume_session", session_name = "talk", prompt = "[[usage:12,3]][[say:The second answer.]]" });

        Assert.Equal(("The first answer.", ""), (first.Text("result_text"), first.Text("error")));
        Assert.Equal(("The second answer.", ""), (second.Text("result_text"), second.Text("error")));
        Assert.Equal((12, 3), (second.GetProperty("usage").GetProperty("input_tokens").GetInt32(), second.GetProperty("usage").GetProperty("output_tokens").GetInt32()));
        var sent = _models.Requests[^1].Body!["messages"]!.ToJsonString();
        Assert.Contains("[[say:The first answer.]]", sent);
        Assert.Contains("\"The first answer.\"", sent);
        var events = (await _process.Client.GetJsonAsync("/sessions/talk/events")).GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(["user", "assistant", "user", "assistant"], events.Where(entry => entry.Text("event_type") == "message").Select(entry => entry.Text("role")));
        Assert.DoesNotContain("sk-made-up", JsonSerializer.Serialize(events));
    }

    [Fact]
    public async Task A_log_that_begins_with_an_answer_is_told_from_its_first_question()
    {
        await _process.Client.PostJsonAsync("/agents", new { name = "talker", description = "d", executor = "chat", provider = "openai" }, expected: 201);
        await _process.Client.PostJsonAsync("/sessions", new { session_id = "talk", session_name = "talk", agent_name = "talker" });
        await SayAsync("assistant", "an answer without its question");
        await SayAsync("user", "the first question");
        await SayAsync("assistant", "its answer");

        await RunAsync(new { type = "resume_session", session_name = "talk", prompt = "[[say:done]]" });

        var sent = _models.Requests[^1].Body!["messages"]!.AsArray().Where(message => message!["role"]!.ToString() is "user" or "assistant").ToList();
        Assert.Equal(["user", "assistant", "user"], sent.Select(message => message!["role"]!.ToString()));
        Assert.Contains("the first question", sent[0]!.ToJsonString(), StringComparison.Ordinal);
    }

    Task<JsonElement> SayAsync(string role, string text) => _process.Client.PostJsonAsync(
        "/sessions/talk/events", new { event_type = "message", role, content = new[] { new { type = "text", text } } });

    [Fact]
    public async Task A_stop_reaches_a_call_that_hangs_and_a_refusal_is_told()
    {
        await _process.Client.PostJsonAsync("/agents", new { name = "talker", description = "d", executor = "chat", provider = "openai" }, expected: 201);
        var created = await StartAsync(new { type = "start_session", session_name = "talk", agent_name = "talker", prompt = "[[say:half]][[hang]]" });
        await _models.WaitForHangAsync(Cancel);
        await _process.Client.PostJsonAsync("/sessions/talk/stop");

        Assert.Equal("stopped", (await EndAsync(created.Text("run_id"))).Text("status"));
        var refused = await RunAsync(new { type = "resume_session", session_name = "talk", prompt = "[[fail:400 No credit is left.]]" });

        Assert.Equal(("failed", "openai answered 400: No credit is left."), (refused.Text("status"), refused.Text("error")));
    }

    async Task<JsonElement> RunAsync(object run) => await EndAsync((await StartAsync(run)).Text("run_id"));

    Task<JsonElement> StartAsync(object run) => _process.Client.PostJsonAsync("/runs", run);

    async Task<JsonElement> EndAsync(string runId)
    {
        JsonElement run = default;
        await Eventually.TrueAsync(
            async () => (run = await _process.Client.GetJsonAsync($"/runs/{runId}")).Text("status") is "completed" or "failed" or "stopped",
            $"run {runId} ends", s_limit, Cancel);
        return run;
    }
}
