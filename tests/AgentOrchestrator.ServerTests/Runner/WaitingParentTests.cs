using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A runner with one place, and parents that need a child: both must come to their end.</summary>
public sealed class WaitingParentTests
{
    static string Ao => Path.Combine(AoProgram.Folder, "ao");

    [Fact]
    public async Task A_parent_that_waits_for_its_child_lets_it_have_the_only_place()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server, adjust: options => options with { MaxConcurrent = 1 });
        var runs = new RunClient(server.Client);

        var started = await runs.StartAsync($"{Ao} start kid -p '{Ao} start grandkid -p \"echo deep\" </dev/null' </dev/null");
        var run = await runs.WaitForEndAsync(started.RunId);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("deep", run.ResultText);
        Assert.Equal(3, runner.Executor.Executions);
    }

    [Fact]
    public async Task A_parent_that_is_called_back_leaves_the_only_place_meanwhile()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server, adjust: options => options with { MaxConcurrent = 1 });
        var runs = new RunClient(server.Client);

        var started = await runs.StartAsync($"{Ao} start kid --callback -p 'echo from the child' </dev/null");
        Assert.Equal("kid", (await runs.WaitForEndAsync(started.RunId)).ResultText);

        await RunClient.WaitAsync(() => runner.Executor.Executions == 3, "the child and the parent's resume");
    }

    [Fact]
    public async Task An_idle_parent_is_told_within_5_seconds_and_resumed_within_10()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var gate = Path.Combine(server.Folder, "gate");

        await Promised.WithinAsync(TimeSpan.FromSeconds(10), "from the child's end to the parent's resume", async round =>
        {
            var kid = $"kid{round}";
            var started = await runs.StartAsync($"{Ao} start {kid} --callback -p 'while [ ! -e {gate}{round} ]; do sleep 0.1; done' </dev/null");
            await runs.WaitForEndAsync(started.RunId);
            File.WriteAllText($"{gate}{round}", "");
            await RunClient.WaitAsync(async () => (await runs.RunsOfAsync(started.SessionId)) is [_, { StartedAt: not null }], "the resume");

            var ended = (await runs.RunsOfAsync(kid))[0].CompletedAt!.Value;
            var told = (await runs.ReadLogAsync(started.SessionId)).Single(e => e.EventType is EventTypes.Callback).RecordedAt;
            Assert.InRange(told - ended, TimeSpan.Zero, TimeSpan.FromSeconds(5));
            return (await runs.RunsOfAsync(started.SessionId))[1].StartedAt!.Value - ended;
        });
    }
}
