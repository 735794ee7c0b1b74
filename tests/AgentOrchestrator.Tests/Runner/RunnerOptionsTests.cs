using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class RunnerOptionsTests
{
    static readonly Uri s_server = new("http://127.0.0.1:8765");

    [Fact]
    public void The_environment_says_where_and_how()
    {
        var environment = new Dictionary<string, string>
        {
            ["PROJECT_DIR"] = "/srv/../project",
            ["RUNNER_TAGS"] = "gpu, fast,,",
            ["POLL_TIMEOUT"] = "60",
            ["HEARTBEAT_INTERVAL"] = "5",
            ["XDG_STATE_HOME"] = "/state",
        };

        var options = RunnerOptions.FromEnvironment(s_server, "token", environment.GetValueOrDefault);

        Assert.Equal(Path.GetFullPath("/project"), options.ProjectDirectory);
        Assert.Equal(["gpu", "fast"], options.Tags);
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)), (options.PollTimeout, options.HeartbeatInterval));
        Assert.StartsWith("/state/agent-orchestrator/runners/", options.StateDirectory.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("99999999999")]
    public void A_wrong_number_is_named(string value)
    {
        var refusal = Assert.Throws<ProductException>(
            () => RunnerOptions.FromEnvironment(s_server, null, name => name == "POLL_TIMEOUT" ? value : null));

        Assert.Contains("POLL_TIMEOUT", refusal.Message, StringComparison.Ordinal);
    }
}
