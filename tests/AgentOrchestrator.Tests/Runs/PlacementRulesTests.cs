using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using Xunit;

namespace AgentOrchestrator.Tests.Runs;

public sealed class PlacementRulesTests
{
    static readonly NewRun s_run = new() { Org = "default", RunId = "run_1", Type = RunType.StartSession, Prompt = "p" };
    static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_agent_may_stand_back_and_not_push_ahead()
    {
        var agent = new RunRequester("default", "agent", OwnSessionId: "ses_1");

        Assert.Equal(-5, Applied(new CreateRun { Priority = -5 }, agent).Priority);
        var refused = Assert.Throws<ProductException>(() => Applied(new CreateRun { Priority = 1 }, agent));
        Assert.Equal(ErrorCode.Invalid, refused.Code);
        Assert.Equal(1, Applied(new CreateRun { Priority = 1 }, new RunRequester("default", "person")).Priority);
    }

    [Fact]
    public void The_servers_time_out_holds_where_nobody_says_one()
    {
        var options = new CoordinatorOptions { RunTimeout = TimeSpan.FromMinutes(5) };

        Assert.Equal(300, Applied(new CreateRun(), options: options).TimeoutSeconds);
        Assert.Equal(10, Applied(new CreateRun { TimeoutSeconds = 10 }, options: options).TimeoutSeconds);
        Assert.Null(Applied(new CreateRun()).TimeoutSeconds);
    }

    static NewRun Applied(CreateRun request, RunRequester? requester = null, CoordinatorOptions? options = null) =>
        PlacementRules.Apply(s_run, request, requester ?? new RunRequester("default", "person"), options ?? new CoordinatorOptions(), s_now);
}
