using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A claim whose answer is cut on its way is offered again, and the run is executed once.</summary>
public sealed class CutPollTests
{
    static readonly Random s_seeded = new(20_261_121);

    [Fact]
    public async Task A_claim_that_did_not_arrive_whole_is_offered_again_and_runs_once()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            AllowedHosts = ["127.0.0.1"],
            Coordinator = options.Coordinator with { ClaimAck = TimeSpan.FromSeconds(1), ReapInterval = TimeSpan.FromMilliseconds(100) },
        });
        using var line = new Cable(server.Url);
        await using var runner = TestRunner.Start(server, url: line.Url);
        var runs = new RunClient(server.Client);
        int[] cuts = [0, 150, -1, .. Enumerable.Range(0, 4).Select(_ => s_seeded.Next(1, 1500))];

        foreach (var (cut, index) in cuts.Select((cut, index) => (cut, index)))
        {
            line.CutAnswer("\"assignment\"", cut);
            var started = await runs.StartAsync($"echo {index} >> {server.Folder}/witness; echo done {index}");

            var run = await runs.WaitForEndAsync(started.RunId);

            Assert.Equal((RunStatus.Completed, $"done {index}", index + 1), (run.Status, run.ResultText, line.AnswersCut));
        }

        Assert.Equal(Enumerable.Range(0, cuts.Length).Select(index => $"{index}"), await File.ReadAllLinesAsync(Path.Combine(server.Folder, "witness"), TestContext.Current.CancellationToken));
        Assert.Equal(cuts.Length, runner.Executor.Executions);
    }
}
