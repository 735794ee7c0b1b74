using AgentOrchestrator.ModelServer;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

/// <summary>The real Claude Code with a home of its own, against a scripted model.</summary>
sealed class ClaudeBench : IAsyncDisposable
{
    static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    readonly TemporaryFolder _folder = new();
    readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    readonly string _home;
    readonly string _workspace;

    ClaudeBench(ScriptedModelServer models, string program)
    {
        Models = models;
        Executor = new ClaudeCodeExecutor(new ClaudeProgram(program));
        _home = _folder.Make("home");
        _workspace = _folder.Make("workspace");
        _deadline.CancelAfter(s_deadline);
    }

    public ScriptedModelServer Models { get; }

    public ClaudeCodeExecutor Executor { get; }

    public string Workspace => _workspace;

    /// <summary>Ends a wait that has lasted too long.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>By what the processes of the runs of this bench are known.</summary>
    public string Mark { get; } = ProcessMark.New();

    public static async Task<ClaudeBench> StartAsync()
    {
        var named = Environment.GetEnvironmentVariable("TEST_CLAUDE");
        var program = string.IsNullOrEmpty(named) ? Executables.Find("claude", Environment.GetEnvironmentVariable("PATH")) : named;
        if (program is null)
        {
            const string Why = "Claude Code is not installed: put claude on PATH, or name it in TEST_CLAUDE.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_LEVEL") != "full", Why);
            Assert.Fail(Why);
        }

        return new ClaudeBench(await ScriptedModelServer.StartAsync(), program);
    }

    public RunContext Run(string prompt, RecordedOutput output, AgentView? agent = null, string? resume = null) => new()
    {
        Run = View(prompt),
        Agent = agent,
        ExecutorSessionId = resume,
        WorkingDirectory = _workspace,
        ScratchDirectory = _folder.Make($"scratch-{Guid.NewGuid():N}"),
        Environment = new Dictionary<string, string>
        {
            ["HOME"] = _home,
            ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
            ["ANTHROPIC_BASE_URL"] = Models.BaseUrl,
            ["ANTHROPIC_API_KEY"] = "sk-ant-made-up",
            ["CLAUDE_CODE_MAX_RETRIES"] = "1",
            ["IS_SANDBOX"] = "1",
            ["AGENT_SESSION_ID"] = "ses_000000000001",
            [ProcessMark.Variable] = Mark,
        },
        Output = output,
        Server = new Uri("http://127.0.0.1:9"),
        Token = "none",
    };

    public static RunView View(string prompt) => new()
    {
        RunId = "run_000000000001",
        Type = RunType.StartSession,
        SessionId = "ses_000000000001",
        SessionName = "bench",
        Prompt = prompt,
        ExecutionMode = ExecutionMode.Sync,
        Status = RunStatus.Running,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public static AgentView Agent { get; } = new() { Name = "bench", Description = "An agent of the tests", Status = "active" };

    public static AgentView FreeAgent { get; } = Agent with { PermissionMode = "bypassPermissions" };

    public async ValueTask DisposeAsync()
    {
        await ProcessTree.KillAsync(Mark);
        await Models.DisposeAsync();
        _deadline.Dispose();
        _folder.Dispose();
    }
}
