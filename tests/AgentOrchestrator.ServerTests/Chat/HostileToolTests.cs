using System.Text.Json;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Tools;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>Runs whose tool servers hang, lie, change, flood, close, lead elsewhere or talk nonsense: the model is told in words, and the run goes on.</summary>
public sealed class HostileToolTests
{
    const string Echo = """[{"name":"echo","input":{"text":"hello"}}]""";

    static readonly Dictionary<string, string> s_calls = new()
    {
        ["cycle"] = """[{"name":"echo","input":{"text":"hello","next":{"next":{"text":"deep"}}}},{"name":"page","input":{}}]""",
        ["good"] = """[{"name":"echo","input":{"text":"hello"}},{"name":"echo","input":{"text":7}},{"name":"echo","input":{}}]""",
        ["changes"] = """[{"name":"echo","input":{"text":"hello"}},{"name":"wait","input":{}},{"name":"echo","input":{"text":"again"}}]""",
    };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_agent_is_told_in_words_goes_on_and_disturbs_no_other()
    {
        await using var servers = new HostileToolServers();
        await using var stage = await ToolStage.OpenAsync(options => options with { NoRunner = false });
        stage.WriteServers(servers.ToJson());
        foreach (var key in servers.Keys)
        {
            await stage.AddAgentAsync(key, $$$""","executor":"chat","provider":"scripted","script":[{"calls":{{{s_calls.GetValueOrDefault(key, Echo)}}},"then":{"reply":"Done."}}]""");
            stage.WriteAgent(key, $$"""{"action_server":"{{key}}"}""");
        }

        var runs = new Dictionary<string, JsonElement>();
        foreach (var key in servers.Keys) { runs[key] = await stage.Server.JsonAsync("/runs", $$"""{"type":"start_session","agent_name":"{{key}}","prompt":"go"}"""); }

        // The changed tool is gone in the middle of the run.
        await EventuallyAsync(async () => (await ToolsOfAsync(stage, "changes")) is ["calculator", "wait"], "the changed tool is off");
        servers.Release();
        var ends = new Dictionary<string, JsonElement>();
        foreach (var (key, run) in runs) { ends[key] = await EndAsync(stage, run); }

        Assert.All(ends, end => Assert.Equal(("completed", "Done."), (end.Value.Text("status"), end.Value.Text("result_text"))));
        await TellsAsync("good", "you said hello", "echo: 'text' must be a string, not a number.|The arguments of 'echo' are wrong: 'text' must be a string", "'text' is required");
        await TellsAsync("hangs", "did not answer within 3 seconds");
        await MissesAsync("silent", "The tool server 'silent' did not say its tools within 3 seconds.");
        await MissesAsync("liar", "The tool server 'liar' ");
        await TellsAsync("endless", "The answer is longer than 10,485,760 bytes|The tool server 'endless' ");
        await TellsAsync("closes", "The tool server 'closes' ");
        await TellsAsync("page", "The tool server 'page' ");
        await MissesAsync("metadata", "'169.254.169.254' is at an address that tools may never reach");
        await TellsAsync("cycle", @"""next"":\{""text"":""deep""\}", "The server answered text/html, not JSON: ");
        await TellsAsync("changes", "you said hello", "you said", "the agent 'changes' has no action 'echo'");
        Assert.Equal(1, servers["good"].Requests.Count(request => request.Body.Contains("tools/call", StringComparison.Ordinal)));

        async Task TellsAsync(string key, params string[] words)
        {
            var told = (await EntriesAsync(stage, runs[key], "post_tool")).Select(entry => entry.Text("error") + entry.Text("tool_output")).ToList();
            Assert.Equal(words.Length, told.Count);
            foreach (var (pattern, text) in words.Zip(told)) { Assert.True(System.Text.RegularExpressions.Regex.IsMatch(text, pattern), $"{key}: {text}"); }
        }

        async Task MissesAsync(string key, string words)
        {
            Assert.Contains("There is no tool 'echo'", (await EntriesAsync(stage, runs[key], "post_tool")).Single().Text("error"), StringComparison.Ordinal);
            var notice = (await EntriesAsync(stage, runs[key], "notice")).Single();
            Assert.Equal("tools_missing", notice.Text("reason"));
            Assert.Contains(words, notice.GetProperty("content")[0].Text("text"), StringComparison.Ordinal);
        }
    }

    static async Task<string[]> ToolsOfAsync(ToolStage stage, string agent) =>
        [.. (await stage.SendAsync(HttpMethod.Get, $"/agents/{agent}/actions")).Json.GetProperty("actions").EnumerateArray().Select(action => action.Text("id"))];

    static async Task<JsonElement> EndAsync(ToolStage stage, JsonElement run)
    {
        JsonElement end = default;
        await EventuallyAsync(
            async () => (end = (await stage.SendAsync(HttpMethod.Get, $"/runs/{run.Text("run_id")}")).Json).Text("status") is "completed" or "failed", "the run has ended");
        return end;
    }

    static async Task<IReadOnlyList<JsonElement>> EntriesAsync(ToolStage stage, JsonElement run, string type) =>
        [.. (await stage.SendAsync(HttpMethod.Get, $"/sessions/{run.Text("session_id")}/events")).Json.GetProperty("events").EnumerateArray()
            .Where(entry => entry.Text("event_type") == type)];

    static Task EventuallyAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, what, TimeSpan.FromMinutes(2), Cancel);
}
