using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Cli;

public sealed class SessionVerbTests
{
    [Fact]
    public async Task The_predecessors_commands_tell_a_sessions_life()
    {
        await using var bench = await AoServer.StartAsync();
        var ao = bench.Ao;

        Assert.Equal("not_existent\n", await ao.OutputAsync("ao-status one"));
        Assert.Equal("No sessions found\n", await ao.OutputAsync("ao-list-sessions"));
        Assert.Equal("No sessions to remove\n", await ao.OutputAsync("ao-delete-all"));
        Assert.Equal(new AoEnd(1, "", "Error: Session not found\n"), await ao.RunAsync("ao-get-result one"));
        Assert.Equal(new AoEnd(1, "", "Error: Session not found\n"), await ao.RunAsync("ao-show-config one"));

        await ao.OutputAsync("ao start one -p hello --detach");
        var run = await bench.BeginRunAsync();
        var id = run.Text("session_id");
        Assert.Equal("running\n", await ao.OutputAsync("ao-status one"));
        Assert.Equal(new AoEnd(1, "", "Error: Session not finished\n"), await ao.RunAsync("ao-get-result one"));
        Assert.Equal($"one (session-id: {id}, project-dir: {bench.Server.Folder})\n", await ao.OutputAsync("ao-list-sessions"));
        Assert.Equal(1, (await ao.RunAsync("ao-delete-all")).ExitCode);

        await bench.CompleteAsync(run, "done");
        Assert.Equal("finished\n", await ao.OutputAsync("ao-status one"));
        Assert.Equal("done\n", await ao.OutputAsync("ao-get-result one"));
        var config = (await ao.OutputAsync("ao-show-config one")).Split('\n');
        Assert.Equal("Configuration for session 'one':", config[0]);
        Assert.Equal(["Session ID", "Project dir", "Agent", "Created", "Last resumed"], config[1..6].Select(line => line.Split(':')[0].Trim()));
        Assert.Contains(id, config[1], StringComparison.Ordinal);
        Assert.Equal("Removed 1 session(s)\n", await ao.OutputAsync("ao-delete-all"));
        Assert.Equal("not_existent\n", await ao.OutputAsync("ao-status one"));
    }

    [Fact]
    public async Task What_waits_says_why()
    {
        await using var bench = await AoServer.StartAsync();
        var ao = bench.Ao;

        await ao.OutputAsync("ao start later -p hello --detach --delay 1h --priority 5 --timeout 10m --when-busy reject");

        Assert.Contains("pending (delayed)", await ao.OutputAsync("ao list"), StringComparison.Ordinal);
        Assert.Contains("pending (delayed)", await ao.OutputAsync("ao show later"), StringComparison.Ordinal);
        Assert.Equal("pending\n", await ao.OutputAsync("ao status later"));
        var status = JsonDocument.Parse(await ao.OutputAsync("ao status later --json")).RootElement;
        Assert.Equal("delayed", status.Text("waiting_reason"));
        var runs = await bench.Http.GetJsonAsync("/runs");
        var run = Assert.Single(runs.GetProperty("runs").EnumerateArray());
        Assert.Equal(("5", "600"), (run.Text("priority"), run.Text("timeout_seconds")));
        Assert.Equal("reject", (await bench.Http.GetJsonAsync("/sessions/later")).GetProperty("session").Text("when_busy"));
        Assert.Equal(2, (await ao.RunAsync("ao start other -p hello --delay soon")).ExitCode);
        Assert.Equal(2, (await ao.RunAsync("ao resume later -p hello --when-busy never")).ExitCode);
        Assert.Equal(1, (await ao.RunAsync("ao start other -p hello --priority 500")).ExitCode);
    }

    [Fact]
    public async Task Blueprints_are_the_active_agents()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Http.PostJsonAsync("/agents", new { name = "helper", description = "Helps", tags = new[] { "a", "b" } }, 201);
        await bench.Http.PostJsonAsync("/agents", new { name = "sleeper", description = "Sleeps" }, 201);
        await bench.Http.CallAsync(HttpMethod.Patch, "/agents/sleeper/status", new { status = "inactive" });

        var all = await bench.Ao.OutputAsync("ao-list-blueprints");
        Assert.Contains("---\n\nhelper:\nHelps\n\n", all, StringComparison.Ordinal);
        Assert.DoesNotContain("sleeper", all, StringComparison.Ordinal);
        Assert.Equal("helper:\nHelps\n\n", await bench.Ao.OutputAsync("ao-list-blueprints --tags a,b"));
        Assert.Equal("No agent blueprints found with tags 'z'\n", await bench.Ao.OutputAsync("ao-list-blueprints --tags z"));
        Assert.Contains("sleeper", await bench.Ao.OutputAsync("ao agents --all"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_shown_stopped_and_deleted()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Ao.OutputAsync("ao start one -p hello --detach");
        await bench.BeginRunAsync();

        Assert.Contains("one   running", await bench.Ao.OutputAsync("ao list"), StringComparison.Ordinal);
        Assert.Contains("Status:         running", await bench.Ao.OutputAsync("ao show one"), StringComparison.Ordinal);
        Assert.Equal(1, (await bench.Ao.RunAsync("ao delete one")).ExitCode);
        Assert.Equal("stopping", JsonElement.Parse(await bench.Ao.OutputAsync("ao stop one --no-wait --json")).Text("status"));
        Assert.Equal("stopping\n", await bench.Ao.OutputAsync("ao status one"));

        await bench.FinishedSessionAsync("two");
        Assert.StartsWith("Deleted 'two'", await bench.Ao.OutputAsync("ao delete two"), StringComparison.Ordinal);
        Assert.Equal("not_existent\n", await bench.Ao.OutputAsync("ao status two"));
    }

    [Fact]
    public async Task A_stop_returns_when_the_run_has_ended()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Ao.OutputAsync("ao start one -p hello --detach");
        var run = await bench.BeginRunAsync();

        await using var stopping = bench.Ao.Start(["ao", "stop", "one"]);
        await Eventually.TrueAsync(
            async () => await bench.Ao.OutputAsync("ao status one") == "stopping\n",
            "the stop is known", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await bench.Runner.StoppedAsync(run.Text("run_id"));

        Assert.Equal(new AoEnd(0, "'one' is stopped\n", ""), await stopping.EndAsync());
    }

    [Fact]
    public async Task Events_are_lines_for_people_or_for_programs()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.FinishedSessionAsync("one", "a result");

        Assert.Contains("a result", await bench.Ao.OutputAsync("ao events one"), StringComparison.Ordinal);

        var events = Lines(await bench.Ao.OutputAsync("ao events one --json"));
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("seq").GetInt32()));
        Assert.Equal(["run_queued", "run_start", "message", "run_completed"], events.Select(e => e.Text("event_type")));

        Assert.Equal([2, 3], Lines(await bench.Ao.OutputAsync("ao events one --json --after 1 --limit 2")).Select(e => e.GetProperty("seq").GetInt32()));
    }

    [Fact]
    public async Task Watch_follows_to_the_end_of_the_run()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Ao.OutputAsync("ao start one -p hello --detach");

        await using var people = bench.Ao.Start(["ao", "watch", "one"]);
        await using var programs = bench.Ao.Start(["ao", "watch", "one", "--json"]);
        await bench.CompleteRunAsync("the \e[31mresult");

        var text = await people.EndAsync();
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("the result", text.Out, StringComparison.Ordinal);
        Assert.Contains("✓ run_completed", text.Out, StringComparison.Ordinal);
        var frames = Lines((await programs.EndAsync()).Out);
        Assert.Equal(
            ["run_queued", "run_start", "message", "run_completed"],
            frames.Where(frame => frame.Text("type") == "event").Select(frame => frame.GetProperty("event").Text("event_type")));
    }

    [Fact]
    public async Task Watching_nobody_is_an_error()
    {
        await using var bench = await AoServer.StartAsync();

        Assert.Equal(new AoEnd(1, "", "Error: Session not found\n"), await bench.Ao.RunAsync("ao watch nobody"));
        Assert.Equal(
            new AoEnd(1, "", "{\"error\":\"Session not found\",\"code\":\"not_found\"}\n"), await bench.Ao.RunAsync("ao watch nobody --json"));
    }

    static List<JsonElement> Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
}
