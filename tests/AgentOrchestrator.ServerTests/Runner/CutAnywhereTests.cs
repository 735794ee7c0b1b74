using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>As <see cref="CutPollTests"/>, through the whole answer, by many runners side by side.</summary>
[Collection(nameof(Alone))]
public sealed class CutAnywhereTests
{
    const int Runners = 40;

    // Every byte would take seven times as long, and most differ from their neighbours in a letter only.
    const int Step = 7;

    int _next = -Step;

    [Fact]
    public async Task A_claim_that_is_cut_anywhere_is_offered_again_and_runs_once()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TEST_LEVEL") is "full", "it takes a while: TEST_LEVEL=full");
        await using var server = await TestServer.StartAsync(options => options with
        {
            AllowedHosts = ["127.0.0.1"],
            Coordinator = options.Coordinator with { ClaimAck = TimeSpan.FromSeconds(1), ReapInterval = TimeSpan.FromMilliseconds(100) },
        });

        var cuts = await Task.WhenAll(Enumerable.Range(0, Runners).Select(number => CutAsync(server, $"runner{number}")));

        var witness = await File.ReadAllLinesAsync(Path.Combine(server.Folder, "witness"), TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{witness.Length} answers were cut, at 0 to {_next}");
        Assert.Equal(cuts.Sum(), witness.Distinct().Count());
        Assert.Equal(cuts.Sum(), witness.Length);
        Assert.InRange(witness.Length, 150, int.MaxValue);
    }

    /// <summary>Cuts answers of one runner, each at the next place that no other one has.</summary>
    /// <returns>How many.</returns>
    async Task<int> CutAsync(TestServer server, string name)
    {
        using var line = new Cable(server.Url);
        await using var runner = TestRunner.Start(server, name, line.Url, options => options with { Name = name, Tags = [name] });
        var runs = new RunClient(server.Client);
        for (int at; (at = Interlocked.Add(ref _next, Step)) < (line.LengthOfCut ?? int.MaxValue);)
        {
            line.CutAnswer("\"assignment\"", at);
            var executions = runner.Executor.Executions;
            var started = await runs.StartAsync($"echo {at} >> {server.Folder}/witness; echo done {at}", demands: new Demands { Tags = [name] });
            await RunClient.WaitAsync(() => runner.Executor.Executions > executions, "the execution");

            var run = await runs.WaitForEndAsync(started.RunId);

            Assert.True(run.Status is RunStatus.Completed, run.Error);
            Assert.Equal(($"done {at}", runner.Executor.Executions), (run.ResultText, line.AnswersCut));
        }

        return line.AnswersCut;
    }
}
