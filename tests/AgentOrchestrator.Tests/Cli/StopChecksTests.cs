using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>A checker that finds nothing proves nothing: each is shown what it is for.</summary>
public sealed class StopChecksTests
{
    readonly Outages _outages = new(TimeProvider.System);

    [Fact]
    public void A_run_that_is_gone_in_time_is_nothing() =>
        Assert.Empty(Find(RunStatus.Stopped, "begin s r 1 10 99.00|tick s r 1 10 115.00"));

    [Fact]
    public void A_run_that_had_come_to_its_own_end_is_nothing() =>
        Assert.Empty(Find(RunStatus.Completed, "begin s r 1 10 99.00|end s r 1 10 100.10"));

    [Theory]
    [InlineData(RunStatus.Completed, "r was told to stop and is completed")]
    [InlineData(RunStatus.Failed, "r was told to stop and is failed")]
    [InlineData(RunStatus.Running, "r goes on")]
    public void A_run_that_was_told_to_stop_and_is_not_stopped_is_found(RunStatus status, string found) =>
        Assert.Equal([found], Find(status, "begin s r 1 10 99.00|tick s r 1 10 100.10"));

    [Fact]
    public void A_run_that_works_on_for_long_is_found() =>
        Assert.Equal(["r worked 15.1 s after its stop was acknowledged"], Find(RunStatus.Stopped, "begin s r 1 10 99.00|tick s r 1 10 115.10"));

    [Fact]
    public void So_is_one_that_waited_and_is_not_named_in_the_answer() =>
        Assert.Equal(
            ["q worked 20.0 s after its stop was acknowledged"],
            Find(RunStatus.Stopped, "begin s q 1 10 120.00", new() { ["q"] = TimeSpan.FromSeconds(98) }));

    [Fact]
    public void One_that_came_after_the_stop_may_work() =>
        Assert.Empty(Find(RunStatus.Stopped, "begin s q 1 10 120.00", new() { ["q"] = TimeSpan.FromSeconds(101) }));

    [Fact]
    public void A_run_that_was_stopped_before_it_began_and_began_is_found() =>
        Assert.Equal(["r was stopped before it began, and has run"], Find(RunStatus.Stopped, "begin s r 1 10 101.00", status: "stopped"));

    [Fact]
    public void Time_without_the_server_or_its_runner_does_not_count_and_that_of_another_runner_does()
    {
        _outages.Add(Outages.Server, TimeSpan.FromSeconds(99), TimeSpan.FromSeconds(101));
        _outages.Add("runner-1", TimeSpan.FromSeconds(100.5), TimeSpan.FromSeconds(103));
        _outages.Add("runner-2", TimeSpan.FromSeconds(104), TimeSpan.FromSeconds(110));

        Assert.Empty(Find(RunStatus.Stopped, "begin s r 1 10 99.00|tick s r 1 10 118.00"));
        Assert.Single(Find(RunStatus.Stopped, "begin s r 1 10 99.00|tick s r 1 10 118.10"));
    }

    string[] Find(RunStatus end, string lines, Dictionary<string, TimeSpan>? acknowledged = null, string status = "stopping")
    {
        Witness.Line[] read = [.. lines.Split('|').Select(Witness.Parse)];
        var stop = new Stop(
            TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(100), new StopAnswer { RunId = "r", SessionId = "s", SessionName = "s", Status = status });
        return [.. new StopChecks([Run("r", end), Run("q", RunStatus.Completed)], read, _outages, _ => "runner-1").Check([stop], acknowledged ?? []).Broken];
    }

    static RunView Run(string id, RunStatus status) => new()
    {
        RunId = id,
        Type = RunType.StartSession,
        SessionId = "s",
        SessionName = "s",
        Prompt = "",
        ExecutionMode = ExecutionMode.AsyncPoll,
        Status = status,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
