using AgentOrchestrator.Hostile;
using System.Net.Http.Json;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.ClaudeCode;

/// <summary>The road from end to end: the real Claude Code as a session, against a scripted model on loopback.</summary>
public sealed class ClaudeCodeSessionTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_with_a_tool_call_is_seen_in_full_and_a_resume_keeps_the_conversation()
    {
        await using var server = await ClaudeServer.StartAsync();

        var created = await server.StartAsync("first", """[[tool:Bash {"command":"echo from-the-tool"}]] [[say:The tool has spoken.]]""");
        await server.WaitForStatusAsync("first", "finished", "failed");

        var events = await server.EventsAsync("first");
        var types = events.Select(ClaudeServer.Type).ToArray();
        Assert.Equal(["run_queued", "run_start"], types[..2]);
        Assert.Equal("run_completed", types[^1]);
        var before = events.Single(e => ClaudeServer.Type(e) is "pre_tool");
        var after = events.Single(e => ClaudeServer.Type(e) is "post_tool");
        Assert.Equal("Bash", before.GetProperty("tool_name").GetString());
        Assert.Equal("echo from-the-tool", after.GetProperty("tool_input").GetProperty("command").GetString());
        Assert.Contains("from-the-tool", after.GetProperty("tool_output").GetRawText(), StringComparison.Ordinal);
        Assert.Contains(events, e => ClaudeServer.Type(e) is "message" && e.GetProperty("role").GetString() is "user");
        var result = await server.Http.GetFromJsonAsync<JsonElement>("/sessions/first/result", Cancel);
        Assert.Equal("The tool has spoken.", result.GetProperty("result").GetString());
        var run = await server.RunAsync(created);
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.True(run.GetProperty("usage").GetProperty("output_tokens").GetInt64() > 0, "usage is known");
        Assert.True(run.GetProperty("usage").GetProperty("cost_usd").GetDecimal() >= 0, "cost is known");

        await server.ResumeAsync("first", "[[say:I remember.]]");
        await server.WaitForStatusAsync("first", "finished", "failed");

        Assert.True(server.HasModelSeen("I remember.", "echo from-the-tool"), "the history was sent along");
        result = await server.Http.GetFromJsonAsync<JsonElement>("/sessions/first/result", Cancel);
        Assert.Equal("I remember.", result.GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_tool_leaves_no_process()
    {
        await using var server = await ClaudeServer.StartAsync();
        var marker = Path.Combine(server.Process.Folder, "marker-of-the-tool");
        await File.WriteAllTextAsync(marker, "", Cancel);

        await server.StartAsync("long", $$"""[[tool:Bash {"command":"timeout 80 tail -f {{marker}}"}]]""");
        await server.WaitForEventAsync("long", "pre_tool");
        await Eventually.TrueAsync(() => ClaudeServer.ProcessesThatMention("tail -f " + marker).Count > 0, "the tool runs", TimeSpan.FromSeconds(30), Cancel);
        await server.PostAsync("/sessions/long/stop", "{}");
        await server.WaitForStatusAsync("long", "stopped");

        Assert.Empty(ClaudeServer.ProcessesThatMention("tail -f " + marker));
        Assert.Equal("run_stopped", ClaudeServer.Type((await server.EventsAsync("long"))[^1]));
    }

    [Fact]
    public async Task A_run_goes_on_when_its_server_was_killed_and_starts_again()
    {
        await using var server = await ClaudeServer.StartAsync();
        var gate = Path.Combine(server.Process.Folder, "gate");

        var created = await server.StartAsync(
            "kept", $$"""[[tool:Bash {"command":"while [ ! -e {{gate}} ]; do sleep 0.1; done; echo the gate was opened"}]]""");
        await server.WaitForEventAsync("kept", "pre_tool");
        var before = await server.EventsAsync("kept");
        await server.Process.KillAsync();
        await server.Process.StartAsync(Cancel);
        await File.WriteAllTextAsync(gate, "", Cancel);
        await server.WaitForStatusAsync("kept", "finished");

        Assert.Equal(("completed", 1), ((await server.RunAsync(created)).GetProperty("status").GetString(), (await server.RunAsync(created)).GetProperty("attempt").GetInt32()));
        var after = await server.EventsAsync("kept");
        Assert.Equal(before.Select(e => e.GetRawText()), after.Take(before.Length).Select(e => e.GetRawText()));
        Assert.Single(after, e => ClaudeServer.Type(e) == "pre_tool");
        var result = Assert.Single(after, e => ClaudeServer.Type(e) == "post_tool");
        Assert.Contains("the gate was opened", result.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("Bash", result.GetProperty("tool_name").GetString());
    }

    [Fact]
    public async Task A_killed_server_and_keeper_end_the_run_as_lost_and_the_session_goes_on_where_it_was()
    {
        await using var server = await ClaudeServer.StartAsync();
        var marker = Path.Combine(server.Process.Folder, "marker-of-the-tool");
        await File.WriteAllTextAsync(marker, "", Cancel);

        var created = await server.StartAsync("killed", $$"""[[tool:Bash {"command":"timeout 80 tail -f {{marker}}"}]]""");
        await server.WaitForEventAsync("killed", "pre_tool");
        await Eventually.TrueAsync(() => ClaudeServer.ProcessesThatMention("tail -f " + marker).Count > 0, "the tool runs", TimeSpan.FromSeconds(30), Cancel);
        var before = await server.EventsAsync("killed");
        await server.Process.KillAsync();
        foreach (var keeper in HostProcesses.WithCommand($"__keeper {server.Process.Folder}"))
        {
            HostProcesses.Signal(keeper, HostProcesses.Kill);
        }

        await server.Process.StartAsync(Cancel);
        await server.WaitForStatusAsync("killed", "failed");

        var run = await server.RunAsync(created);
        Assert.Equal("lost", run.GetProperty("reason").GetString());
        var after = await server.EventsAsync("killed");
        Assert.Equal(before.Select(e => e.GetRawText()), after.Take(before.Length).Select(e => e.GetRawText()));
        await Eventually.TrueAsync(
            () => ClaudeServer.ProcessesThatMention("tail -f " + marker).Count == 0, "nothing of the lost run lives", TimeSpan.FromSeconds(20), Cancel);

        await server.ResumeAsync("killed", "[[say:Still here.]]");
        await server.WaitForStatusAsync("killed", "finished");
        Assert.True(server.HasModelSeen("Still here.", "tail -f"), "the history was sent along");
    }

    [Fact]
    public async Task A_failure_of_the_model_fails_the_run_with_its_words()
    {
        await using var server = await ClaudeServer.StartAsync();

        var created = await server.StartAsync("refused", "[[fail:400 the model is not in the mood]]");
        await server.WaitForStatusAsync("refused", "failed", "finished");

        var run = await server.RunAsync(created);
        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Contains("the model is not in the mood", run.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("failed", await server.StatusAsync("refused"));
    }
}
