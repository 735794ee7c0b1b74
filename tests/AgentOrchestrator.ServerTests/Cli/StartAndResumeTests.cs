using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Cli;

public sealed class StartAndResumeTests
{
    [Theory]
    [InlineData("ao start one -p hello", "ao resume one -p again")]
    [InlineData("ao-start one -p hello", "ao-resume one -p again")]
    public async Task Start_and_resume_wait_and_print_the_result(string start, string resume)
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(start.Split(' '));
        await bench.CompleteRunAsync("first\nresult");
        Assert.Equal(new AoEnd(0, "first\nresult\n", ""), await starting.EndAsync());

        await using var resuming = bench.Ao.Start(resume.Split(' '));
        var run = await bench.CompleteRunAsync("second");
        Assert.Equal(new AoEnd(0, "second\n", ""), await resuming.EndAsync());
        Assert.Equal(("resume_session", "again"), (run.Text("type"), run.Text("prompt")));
    }

    [Fact]
    public async Task The_prompt_is_the_flag_and_what_is_piped()
    {
        await using var bench = await AoServer.StartAsync();

        Assert.Equal("one\n", await bench.Ao.OutputAsync("ao start one -p first --detach", "second\nthird\n"));

        var run = await bench.BeginRunAsync();
        Assert.Equal("first\nsecond\nthird", run.Text("prompt"));
        Assert.Equal(bench.Server.Folder, run.Text("project_dir"));
    }

    [Fact]
    public async Task Nothing_to_do_a_taken_name_and_an_unknown_session_are_errors()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.FinishedSessionAsync("one");

        Assert.Equal(
            new AoEnd(1, "", "Error: No prompt provided. Use -p flag or pipe content to stdin.\n"), await bench.Ao.RunAsync("ao-start two"));
        Assert.Equal(
            new AoEnd(1, "", "Error: Session 'one' already exists. Please use a different session name.\n"),
            await bench.Ao.RunAsync("ao-start one -p hello"));
        Assert.Equal(new AoEnd(1, "", "Error: Session not found\n"), await bench.Ao.RunAsync("ao-resume nobody -p hello"));
        Assert.Equal(2, (await bench.Ao.RunAsync("ao-start two -p hello --project-dir /no/such/folder")).ExitCode);
    }

    [Fact]
    public async Task A_failed_run_is_an_error_with_its_reason()
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(["ao-start", "one", "-p", "hello"]);
        var run = await bench.BeginRunAsync();
        await bench.Runner.FailAsync(run.Text("run_id"), "The program ended with 3");

        Assert.Equal(new AoEnd(1, "", "Error: The program ended with 3\n"), await starting.EndAsync());
    }

    [Fact]
    public async Task A_stopped_run_is_an_error_that_says_so()
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(["ao-start", "one", "-p", "hello"]);
        await Eventually.TrueAsync(
            async () => await bench.Ao.OutputAsync("ao status one") == "pending\n", "the run is queued", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await bench.Ao.OutputAsync("ao stop one");

        Assert.Equal(new AoEnd(1, "", "Error: Session 'one' was stopped before it had a result\n"), await starting.EndAsync());
    }

    [Fact]
    public async Task The_run_comes_as_json()
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(["ao", "start", "one", "-p", "hello", "--json"]);
        await bench.CompleteRunAsync("done");

        var run = JsonElement.Parse((await starting.EndAsync()).Out);
        Assert.Equal(("completed", "one"), (run.Text("status"), run.Text("session_name")));
    }

    [Fact]
    public async Task Ctrl_C_lets_the_run_go_on_and_says_how_to_watch_and_stop_it()
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(["ao", "start", "one", "-p", "hello", "--follow"]);
        var run = await bench.BeginRunAsync();
        await starting.SignalAsync("INT");
        var end = await starting.EndAsync();

        Assert.Equal(130, end.ExitCode);
        Assert.Contains("ao watch one", end.Error, StringComparison.Ordinal);
        Assert.Contains("ao stop one", end.Error, StringComparison.Ordinal);
        Assert.Equal("running\n", await bench.Ao.OutputAsync("ao status one"));
        await bench.CompleteAsync(run, "done");
        Assert.Equal("done\n", await bench.Ao.OutputAsync("ao result one"));
    }

    [Fact]
    public async Task A_server_that_restarts_while_it_waits_loses_nothing()
    {
        await using var bench = await AoServer.StartAsync();

        await using var starting = bench.Ao.Start(["ao", "start", "one", "-p", "hello"]);
        var run = await bench.BeginRunAsync();
        await bench.Server.StopAsync();
        await bench.Server.StartAgainAsync();
        await bench.CompleteAsync(run, "after all");

        Assert.Equal(new AoEnd(0, "after all\n", ""), await starting.EndAsync());
    }

    [Fact]
    public async Task Inside_a_run_start_makes_a_child_whose_end_comes_back()
    {
        await using var bench = await AoServer.StartAsync();
        var parent = await bench.FinishedSessionAsync("parent");
        bench.Ao.Environment["AGENT_SESSION_ID"] = parent.Text("session_id");

        Assert.Equal("child\n", await bench.Ao.OutputAsync("ao start child -p hello --callback"));
        var child = await bench.CompleteRunAsync("from the child");
        var back = await bench.BeginRunAsync();

        Assert.Equal(parent.Text("session_id"), child.Text("parent_session_id"));
        Assert.Equal("parent", back.Text("session_name"));
        Assert.Contains("from the child", back.Text("prompt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inside_a_run_a_child_that_is_waited_for_does_not_call_back()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.FinishedSessionAsync("parent");
        bench.Ao.Environment["AGENT_SESSION_NAME"] = "parent";

        await using var starting = bench.Ao.Start(["ao-start", "child", "-p", "hello"]);
        var child = await bench.CompleteRunAsync("from the child");

        Assert.Equal("from the child\n", (await starting.EndAsync()).Out);
        Assert.Equal(("parent", "sync"), (child.Text("parent_session_name"), child.Text("execution_mode")));
        Assert.Equal("finished\n", await bench.Ao.OutputAsync("ao status parent"));
    }
}
