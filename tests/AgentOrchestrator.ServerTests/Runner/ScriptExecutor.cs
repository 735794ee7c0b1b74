using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Processes;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>Runs the prompt as a shell script: each line of its output is a message, the last one the result.</summary>
sealed class ScriptExecutor : IExecutor
{
    public const string TypeName = "script";

    public string Type => TypeName;

    /// <summary>How many times it was asked to execute.</summary>
    public int Executions;

    public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) =>
        Task.FromResult(new ExecutorAvailability(!OperatingSystem.IsWindows(), "a POSIX shell"));

    public async Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop)
    {
        Interlocked.Increment(ref Executions);
        await run.Output.BindAsync($"shell-{run.Run.RunId}", CancellationToken.None);
        await using var process = ChildProcess.Start(new ProcessSpec
        {
            Program = "sh",
            Arguments = ["-c", run.Run.Prompt],
            WorkingDirectory = run.WorkingDirectory,
            Environment = run.Environment,
        });
        var stopping = StopAsync(process, stop);
        string? last = null;
        await foreach (var line in process.ReadLinesAsync(CancellationToken.None))
        {
            last = line.Text;
            var content = JsonDocument.Parse(JsonSerializer.Serialize(new[] { new { type = "text", text = last } })).RootElement;
            await run.Output.EmitAsync(EventTypes.Message, new EventFields { Role = "assistant", Content = content }, CancellationToken.None);
        }

        var exit = await process.Exit;
        if (await stopping is { } signal)
        {
            return new RunOutcome.Stopped(signal.ToString());
        }

        return exit.Code == 0
            ? new RunOutcome.Completed(last)
            : new RunOutcome.Failed(process.ErrorTail, ExitCode: exit.Code);
    }

    static async Task<ProcessSignal?> StopAsync(ChildProcess process, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = process.Exit.ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
        await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return process.Exit.IsCompleted ? null : await process.StopAsync(ProcessSignal.SIGTERM, TimeSpan.FromSeconds(1));
    }
}
