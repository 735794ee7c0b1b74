using AgentOrchestrator.Runner;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A real runner in the test's process that executes shell scripts.</summary>
sealed class TestRunner : IAsyncDisposable
{
    readonly CancellationTokenSource _shutdown = new();
    readonly ILoggerFactory _logs;

    TestRunner(RunnerOptions options)
    {
        Options = options;
        _logs = LoggerFactory.Create(logs => logs.AddProvider(new TestLog()));
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = "/", ["SECRET"] = "no" };
        Exit = new RunnerHost(options, [Executor], _logs, environment: environment).RunAsync(_shutdown.Token);
    }

    public RunnerOptions Options { get; }

    public ScriptExecutor Executor { get; } = new();

    public Task<RunnerExit> Exit { get; }

    public string AttemptsFolder => Path.Combine(Options.StateDirectory, "attempts");

    /// <param name="state">Its folder, below the server's test folder.</param>
    public static TestRunner Start(TestServer server, string state = "runner", Uri? url = null, Func<RunnerOptions, RunnerOptions>? adjust = null)
    {
        var options = new RunnerOptions
        {
            Server = url ?? server.Url,
            StateDirectory = Path.Combine(server.Folder, state),
            ProjectDirectory = server.Folder,
            Name = "test",
            StopLimit = TimeSpan.FromSeconds(5),
            FarewellLimit = TimeSpan.FromSeconds(2),
        };
        return new TestRunner(adjust is null ? options : adjust(options));
    }

    public async Task<RunnerExit> ShutDownAsync()
    {
        await _shutdown.CancelAsync();
        return await Exit.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        await _shutdown.CancelAsync();
        await ((Task)Exit).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _shutdown.Dispose();
        _logs.Dispose();
    }
}
