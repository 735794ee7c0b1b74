using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server;
using AgentOrchestrator.Server.Configuration;

namespace AgentOrchestrator.ServerTests.Hosting;

/// <summary>Switches, variables, defaults, and one sentence for what cannot be.</summary>
public sealed class OptionsReaderTests
{
    static readonly string s_folder = Path.GetTempPath();

    [Fact]
    public void Without_anything_it_listens_on_loopback_and_keeps_its_state_in_the_working_folder()
    {
        var options = Read([]);

        Assert.Equal(["http://localhost:8765"], options.Urls);
        Assert.All(options.Listeners, listener => Assert.True(listener.IsLoopback));
        Assert.Equal(Path.Combine(s_folder, ".agent-orchestrator"), options.DataDir);
        Assert.Equal(Path.Combine(s_folder, ".agent-orchestrator", "agents"), options.AgentsDir);
        Assert.Equal((false, false, null, RecoveryMode.Stale), (options.NoAuth, options.NoRunner, options.Database, options.Coordinator.Recovery));
        Assert.Equal(LogLevel.Information, options.LogLevel);
    }

    [Fact]
    public void Variables_are_read_and_switches_win()
    {
        var options = Read(
            ["--data", "state", "--agents-dir=/agents", "--database", "postgresql://h/b", "--no-runner"],
            ("PORT", "9000"), ("AGENT_ORCHESTRATOR_AGENTS_DIR", "/elsewhere"), ("AGENT_ORCHESTRATOR_PROJECT_DIR", "/project"), ("DATABASE_URL", "postgresql://h/a"),
            ("RUN_RECOVERY_MODE", "ALL"), ("POLL_TIMEOUT", "5"), ("HEARTBEAT_INTERVAL", "7"), ("LOG_LEVEL", "warning"), ("CORS_ORIGINS", "http://localhost:3000"));

        Assert.Equal(["http://localhost:9000"], options.Urls);
        Assert.Equal((Path.Combine(s_folder, "state"), "/agents", "/project"), (options.DataDir, options.AgentsDir, options.ProjectDir));
        Assert.Equal(("postgresql://h/b", true, LogLevel.Warning), (options.Database, options.NoRunner, options.LogLevel));
        Assert.Equal((RecoveryMode.All, 5, 7), (options.Coordinator.Recovery, (int)options.Coordinator.PollTimeout.TotalSeconds, (int)options.Coordinator.HeartbeatInterval.TotalSeconds));
        Assert.True(options.Cors.Lists("http://localhost:3000"));
    }

    [Fact]
    public void Urls_name_all_listeners_and_a_given_port_adds_its_own()
    {
        Assert.Equal(["http://127.0.0.1:9000", "http://localhost:3300"], Read(["--urls", "http://127.0.0.1:9000; http://localhost:3300"]).Urls);
        Assert.Equal(["http://localhost:8765", "http://127.0.0.1:9000"], Read(["--urls=http://127.0.0.1:9000"], ("PORT", "8765")).Urls);
    }

    [Fact]
    public void Debug_logging_wins_over_the_level()
    {
        Assert.Equal(LogLevel.Debug, Read([], ("DEBUG_LOGGING", "true"), ("LOG_LEVEL", "ERROR")).LogLevel);
    }

    [Theory]
    [InlineData("PORT", "http")]
    [InlineData("PORT", "-1")]
    [InlineData("PORT", "65536")]
    [InlineData("DEBUG_LOGGING", "perhaps")]
    [InlineData("LOG_LEVEL", "loud")]
    [InlineData("RUN_RECOVERY_MODE", "some")]
    [InlineData("POLL_TIMEOUT", "0")]
    [InlineData("POLL_TIMEOUT", "1.5")]
    [InlineData("HEARTBEAT_INTERVAL", "100000")]
    [InlineData("CORS_ORIGINS", "localhost:3000")]
    [InlineData("CORS_ORIGINS", "*,http://localhost:3000")]
    [InlineData("CORS_ORIGINS", "http://localhost:3000/path")]
    [InlineData("CORS_ORIGINS", "null")]
    public void A_value_that_cannot_be_is_refused_by_name(string name, string value)
    {
        var refusal = Assert.Throws<ProductException>(() => Read([], (name, value)));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.StartsWith(name, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--redis", "redis://localhost")]
    [InlineData("--urls")]
    [InlineData("--urls", "--no-auth")]
    [InlineData("--urls", "https://localhost:8765")]
    [InlineData("--urls", "http://example.org:8765")]
    [InlineData("--urls", "http://127.0.0.1:8765/path")]
    [InlineData("--urls", "8765")]
    [InlineData("--no-auth=true")]
    [InlineData("stray")]
    public void A_switch_that_cannot_be_is_refused(params string[] args)
    {
        Assert.Equal(ErrorCode.Invalid, Assert.Throws<ProductException>(() => Read(args)).Code);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8765")]
    [InlineData("http://*:8765")]
    [InlineData("http://[::]:8765")]
    [InlineData("http://192.168.1.5:8765")]
    [InlineData("http://127.0.0.1:8765;http://+:9000")]
    public void Without_authentication_it_never_listens_beyond_loopback(string urls)
    {
        var refusal = Assert.Throws<ProductException>(() => Read(["--no-auth", "--urls", urls]));

        Assert.Contains("--no-auth works on loopback only", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Read(["--urls", urls]).Listeners);
    }

    [Fact]
    public void Without_authentication_no_page_of_any_origin_is_let_in()
    {
        Assert.Throws<ProductException>(() => Read(["--no-auth"], ("CORS_ORIGINS", "*")));
        Assert.True(Read(["--no-auth"]).NoAuth);
        Assert.True(Read([], ("CORS_ORIGINS", "*")).Cors.IsAny);
    }

    static ServerOptions Read(string[] args, params (string Name, string Value)[] environment) =>
        OptionsReader.Read(
            CommandLine.Parse(args), name => environment.Where(e => e.Name == name).Select(e => e.Value).FirstOrDefault(), s_folder);
}
