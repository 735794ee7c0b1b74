using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Runners;

/// <summary>The runner inside the server: it speaks loopback HTTP to it like any other.</summary>
/// <remarks>
/// Starts once the server listens. At a shutdown it goes first, while the server still answers: it claims no more, stops its executors and
/// reports their runs as failed with reason <c>shutdown</c>, so that parents are called back and sessions can be resumed at once. After a
/// crash its next start kills what was left and reports those runs as <c>lost</c>.
/// </remarks>
sealed partial class EmbeddedRunner(
    ServerOptions options, SelfAddress address, EmbeddedRunnerToken token, IReadOnlyList<IExecutor> executors, IHostApplicationLifetime lifetime,
    TimeProvider time, ILoggerFactory logs) : IHostedLifecycleService, IDisposable
{
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    readonly ILogger _log = logs.CreateLogger<EmbeddedRunner>();
    readonly CancellationTokenSource _shutdown = new();
    Task _running = Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _running = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _shutdown.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _shutdown.Dispose();

    async Task RunAsync()
    {
        try
        {
            var host = new RunnerHost(Configure(), executors, logs, time);
            while (!await IsOverAsync(host))
            {
                await Task.Delay(s_pause, time, _shutdown.Token);
            }
        }
        catch (OperationCanceledException) when (_shutdown.IsCancellationRequested)
        {
            // The server is going down.
        }
        catch (Exception e)
        {
            // Nobody awaits this task before the shutdown; a fault of ours must end the server as in any other of its services.
            LogBroken(e);
            lifetime.StopApplication();
        }
    }

    async Task<bool> IsOverAsync(RunnerHost host)
    {
        try
        {
            var exit = await host.RunAsync(_shutdown.Token);
            LogEnded(exit);
            return exit is RunnerExit.Shutdown or RunnerExit.Deregistered;
        }
        catch (ProductException e)
        {
            LogNotRunning(e.Message);
            return false;
        }
    }

    RunnerOptions Configure()
    {
        var self = address.Find();
        return RunnerOptions.FromEnvironment(self, token.Text, Environment.GetEnvironmentVariable) with
        {
            StateDirectory = Path.Combine(options.DataDir, "runner"),
            ProjectDirectory = options.ProjectDir,
            AgentsDirectory = options.AgentsDir,
            Name = $"embedded-{self.Port}",
            GiveUpAfter = null,
        };
    }

    [LoggerMessage(LogLevel.Information, "The embedded runner has ended: {Exit}")]
    partial void LogEnded(RunnerExit exit);

    [LoggerMessage(LogLevel.Error, "The embedded runner cannot run and will try again: {Reason}")]
    partial void LogNotRunning(string reason);

    [LoggerMessage(LogLevel.Critical, "The embedded runner broke; the server stops")]
    partial void LogBroken(Exception error);
}
