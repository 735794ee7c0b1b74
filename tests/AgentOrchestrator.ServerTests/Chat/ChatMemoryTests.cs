using System.Text.Json;
using AgentOrchestrator.ModelServer;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>What an agent remembers of its other sessions, with a model called over its wire.</summary>
public sealed class ChatMemoryTests : IAsyncLifetime
{
    const string Recalled = "From earlier conversations";

    readonly ServerProcess _process = new();
    ScriptedModelServer _models = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _models = await ScriptedModelServer.StartAsync(cancel: Cancel);
        _process.Environment["OPENAI_API_KEY"] = "sk-made-up";
        _process.Environment["OPENAI_BASE_URL"] = _models.BaseUrl + "/v1";
        _process.Environment["MEMORY_PER_SCOPE"] = "2";
        await _process.StartAsync(Cancel);
        await _process.Client.PostJsonAsync(
            "/agents", new { name = "friend", description = "d", executor = "chat", provider = "openai", use_memory = true }, expected: 201);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _models.DisposeAsync();
    }

    [Fact]
    public async Task What_was_said_in_one_session_is_known_in_another_and_not_twice_in_its_own()
    {
        await RunAsync(new { type = "start_session", session_name = "one", agent_name = "friend", prompt = "My whale is called Rex [[say:Noted.]]" });
        await RunAsync(new { type = "resume_session", session_name = "one", prompt = "whale [[say:yes]]" });
        Assert.DoesNotContain(Recalled, Sent(), StringComparison.Ordinal);

        await RunAsync(new { type = "start_session", session_name = "two", agent_name = "friend", prompt = "How is my whale called? [[say:Rex]]" });

        Assert.Contains(Recalled, Sent(), StringComparison.Ordinal);
        Assert.Contains("called Rex", Sent(), StringComparison.Ordinal);
        Assert.Contains("Assistant: Noted.", Sent(), StringComparison.Ordinal);
        var kept = (await _process.Client.GetJsonAsync("/memories?agent_id=friend")).GetProperty("memories").EnumerateArray().ToList();
        Assert.Contains(kept, memory => memory.GetProperty("metadata").Text("type") == "conversation" && memory.GetProperty("metadata").Text("response") == "Noted.");
        // The third of two: it is told, and the run completes.
        var notices = (await _process.Client.GetJsonAsync("/sessions/two/events")).GetProperty("events").EnumerateArray().Where(entry => entry.Text("event_type") == "notice");
        Assert.Contains("MEMORY_PER_SCOPE", Assert.Single(notices).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_memory_and_an_agent_without_one_neither_read_nor_write()
    {
        await _process.Client.PostJsonAsync("/agents", new { name = "stranger", description = "d", executor = "chat", provider = "openai" }, expected: 201);
        await _process.Client.PostJsonAsync("/memories", new { text = "The whale is called Rex", agent_id = "friend" }, expected: 201);
        await _process.Client.PostJsonAsync("/memories", new { text = "The whale is called Max", agent_id = "stranger" }, expected: 201);

        var without = await RunAsync(new { type = "start_session", session_name = "one", agent_name = "friend", prompt = "whale [[say:a]]", use_memory = false });
        Assert.Equal("False", without.Text("use_memory"));
        Assert.DoesNotContain(Recalled, Sent(), StringComparison.Ordinal);
        await RunAsync(new { type = "start_session", session_name = "two", agent_name = "stranger", prompt = "whale [[say:b]]" });
        Assert.DoesNotContain(Recalled, Sent(), StringComparison.Ordinal);
        Assert.Equal(2, (await _process.Client.GetJsonAsync("/memories")).GetProperty("memories").GetArrayLength());

        await RunAsync(new { type = "start_session", session_name = "three", agent_name = "friend", prompt = "whale [[say:c]]" });
        Assert.Contains("Rex", Sent(), StringComparison.Ordinal);
        Assert.DoesNotContain("Max", Sent(), StringComparison.Ordinal);
    }

    string Sent() => _models.Requests[^1].Body!["messages"]!.ToJsonString();

    async Task<JsonElement> RunAsync(object run)
    {
        var id = (await _process.Client.PostJsonAsync("/runs", run)).Text("run_id");
        var ended = default(JsonElement);
        await Eventually.TrueAsync(
            async () => (ended = await _process.Client.GetJsonAsync($"/runs/{id}")).Text("status") is "completed" or "failed" or "stopped",
            "the run ends", TimeSpan.FromSeconds(120), Cancel);
        Assert.Equal(("completed", ""), (ended.Text("status"), ended.Text("error")));
        return ended;
    }
}
