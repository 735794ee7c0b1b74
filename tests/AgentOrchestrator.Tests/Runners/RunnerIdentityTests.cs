using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Protocol.Runners;
using Xunit;

namespace AgentOrchestrator.Tests.Runners;

public sealed class RunnerIdentityTests
{
    static readonly RegisterRunner s_runner = new() { Hostname = "box", ProjectDir = "/work", ExecutorType = "claude-code" };

    /// <summary>The value is SHA-256 of <c>box:/work:claude-code</c>, as the predecessor makes it.</summary>
    [Fact]
    public void Host_folder_and_executor_give_the_predecessors_identity()
    {
        Assert.Equal("lnch_9b6d9f4a8871", RunnerRegistry.IdentityOf(s_runner));
    }

    [Fact]
    public void A_name_tells_two_runners_of_one_place_apart()
    {
        var named = RunnerRegistry.IdentityOf(s_runner with { RunnerName = "second" });

        Assert.StartsWith("lnch_", named, StringComparison.Ordinal);
        Assert.NotEqual(RunnerRegistry.IdentityOf(s_runner), named);
        Assert.Equal(named, RunnerRegistry.IdentityOf(s_runner with { RunnerName = "second" }));
    }

    [Fact]
    public void A_runner_that_says_less_gets_a_new_identity_each_time()
    {
        var less = s_runner with { ProjectDir = null };

        Assert.StartsWith("rnr_", RunnerRegistry.IdentityOf(less), StringComparison.Ordinal);
        Assert.NotEqual(RunnerRegistry.IdentityOf(less), RunnerRegistry.IdentityOf(less));
    }
}
