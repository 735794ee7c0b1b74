using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class LossesTests
{
    static readonly TimeSpan s_gone = TimeSpan.FromSeconds(100);

    readonly Outages _outages = new(TimeProvider.System);
    readonly Losses _losses = new();

    [Fact]
    public void A_run_that_is_lost_in_time_is_counted_with_how_long_it_took()
    {
        Note(RunStatus.Running, 99, null);
        Note(RunStatus.Running, 109, s_gone);
        Note(RunStatus.Failed, 110, s_gone, "lost");

        Assert.Empty(_losses.Check(_outages).Broken);
        Assert.Equal(1, _losses.Check(_outages).Tried);
        Assert.Equal(TimeSpan.FromSeconds(10), _losses.Slowest);
    }

    [Fact]
    public void A_run_that_looks_live_without_its_runner_is_found()
    {
        Note(RunStatus.Running, 99, null);
        Note(RunStatus.Running, 115.1, s_gone);

        Assert.Equal(["r was live when its runner had been gone for 15.1 s"], _losses.Check(_outages).Broken);
    }

    [Fact]
    public void Time_without_the_server_does_not_count_and_that_of_a_runner_does()
    {
        _outages.Add(Outages.Server, TimeSpan.FromSeconds(101), TimeSpan.FromSeconds(103));
        _outages.Add("runner-1", s_gone, TimeSpan.FromSeconds(130));
        Note(RunStatus.Running, 99, null);
        Note(RunStatus.Running, 117, s_gone);
        Assert.Empty(_losses.Check(_outages).Broken);

        Note(RunStatus.Running, 117.1, s_gone);
        Assert.Single(_losses.Check(_outages).Broken);
    }

    [Fact]
    public void What_a_runner_is_given_when_it_is_gone_counts_from_then_on()
    {
        Note(RunStatus.Claimed, 105, s_gone);
        Note(RunStatus.Claimed, 120, s_gone);
        Assert.Empty(_losses.Check(_outages).Broken);

        Note(RunStatus.Claimed, 120.1, s_gone);
        Assert.Equal(["r was live when its runner had been gone for 15.1 s"], _losses.Check(_outages).Broken);
    }

    [Fact]
    public void So_does_what_it_is_given_once_more()
    {
        Note(RunStatus.Claimed, 105, s_gone);
        Note(RunStatus.Claimed, 118, s_gone, attempt: 2);
        Note(RunStatus.Claimed, 133, s_gone, attempt: 2);

        Assert.Empty(_losses.Check(_outages).Broken);
    }

    [Fact]
    public void A_runner_that_comes_back_keeps_its_run()
    {
        Note(RunStatus.Running, 99, null);
        Note(RunStatus.Running, 105, s_gone);
        Note(RunStatus.Running, 130, null);
        Note(RunStatus.Completed, 131, null);

        Assert.Empty(_losses.Check(_outages).Broken);
        Assert.Equal(0, _losses.Check(_outages).Tried);
    }

    void Note(RunStatus status, double now, TimeSpan? goneSince, string? reason = null, int attempt = 1) => _losses.Note(
        new RunView
        {
            RunId = "r",
            Type = RunType.StartSession,
            SessionId = "s",
            SessionName = "s",
            Prompt = "",
            ExecutionMode = ExecutionMode.AsyncPoll,
            Status = status,
            Reason = reason,
            Attempt = attempt,
            CreatedAt = DateTimeOffset.UnixEpoch,
        },
        TimeSpan.FromSeconds(now),
        goneSince);
}
