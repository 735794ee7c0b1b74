using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Executors;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class RunEnvironmentTests
{
    static readonly Dictionary<string, string> s_host = new()
    {
        ["PATH"] = "/usr/bin",
        ["HOME"] = "/home/me",
        ["LC_ALL"] = "C",
        ["ANTHROPIC_API_KEY"] = "key",
        ["OPENAI_API_KEY"] = "other key",
        ["DATABASE_URL"] = "postgres://secret",
        ["AGENT_ORCHESTRATOR_TOKEN"] = "the runner's",
        ["GITHUB_TOKEN"] = "gh",
        ["AO_RUN_TOKEN"] = "an outer run",
    };

    static readonly RunView s_run = new()
    {
        RunId = "run_1",
        Type = RunType.StartSession,
        SessionId = "ses_1",
        SessionName = "review",
        Prompt = "hello",
        ExecutionMode = ExecutionMode.Sync,
        Status = RunStatus.Claimed,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_run_sees_the_standard_names_its_executors_and_its_own_and_nothing_else()
    {
        var seen = For(new AgentView { Name = "a", Description = "d", Status = "active" });

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["PATH"] = "/opt/ao:/usr/bin",
                ["HOME"] = "/home/me",
                ["LC_ALL"] = "C",
                ["ANTHROPIC_API_KEY"] = "key",
                ["AGENT_ORCHESTRATOR_API_URL"] = "http://127.0.0.1:8765",
                ["AGENT_ORCHESTRATOR_MCP_URL"] = "http://127.0.0.1:8765/mcp",
                ["AGENT_ORCHESTRATOR_TOKEN"] = "the run's",
                ["AGENT_ORCHESTRATOR_RUN_ID"] = "run_1",
                ["AGENT_SESSION_ID"] = "ses_1",
                ["AGENT_SESSION_NAME"] = "review",
                ["AO_RUN_TOKEN"] = "mark",
            }.OrderBy(p => p.Key),
            seen.OrderBy(p => p.Key));
    }

    [Fact]
    public void An_agent_names_further_variables_and_cannot_have_the_runners_token()
    {
        var seen = For(new AgentView { Name = "a", Description = "d", Status = "active", Env = ["GITHUB_TOKEN", "AGENT_ORCHESTRATOR_TOKEN", "NOT_SET"] });

        Assert.Equal("gh", seen["GITHUB_TOKEN"]);
        Assert.Equal("the run's", seen["AGENT_ORCHESTRATOR_TOKEN"]);
        Assert.False(seen.ContainsKey("NOT_SET"));
    }

    static IReadOnlyDictionary<string, string> For(AgentView agent)
    {
        var options = new RunnerOptions
        {
            Server = new Uri("http://127.0.0.1:8765/"),
            StateDirectory = "/nowhere",
            ProjectDirectory = "/nowhere",
            CommandsDirectory = "/opt/ao",
        };
        return new RunEnvironment(s_host, options)
            .For(s_run, new RunAssignment { Fence = 1, LeaseSeconds = 30, Token = "the run's", Agent = agent }, new Named(), "mark");
    }

    sealed class Named : IExecutor
    {
        public string Type => "named";

        public IReadOnlyList<string> Variables => ["ANTHROPIC_*"];

        public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) => throw new NotSupportedException();

        public Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop) => throw new NotSupportedException();
    }
}
