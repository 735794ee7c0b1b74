using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Agents;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Telemetry;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Drives the executor of one run: surroundings before, the end of everything after.</summary>
sealed partial class Execution(ExecutorCatalog executors, RunEnvironment environments, RunnerOptions options, ILogger log)
{
    /// <summary>How long a stopped executor may take to return once all its processes are dead.</summary>
    static readonly TimeSpan s_lastGrace = TimeSpan.FromSeconds(5);

    /// <returns>How it ended. Nothing that it started is left.</returns>
    public async Task<RunOutcome> RunAsync(
        Attempt attempt, RunView run, RunAssignment assignment, AttemptJournal journal, AttemptStarter programs, RunOutput output)
    {
        try
        {
            var outcome = await PerformAsync(attempt, run, assignment, journal, programs, output).ConfigureAwait(false);
            return attempt.Cause is StopCause.None && programs.Verdict() is { } verdict ? WithTail(verdict, outcome) with { Usage = outcome.Usage } : outcome;
        }
        finally
        {
            var strays = await ProcessTree.KillAsync(journal.Record!.ProcessToken).ConfigureAwait(false);
            if (strays > 0)
            {
                LogStrays(run.RunId, strays);
            }
        }
    }

    /// <summary>Whatever the executor made of it comes second.</summary>
    static RunOutcome.Failed WithTail(RunOutcome.Failed verdict, RunOutcome outcome) =>
        outcome is RunOutcome.Failed failed ? verdict with { Error = $"{verdict.Error}\n{failed.Error}", ExitCode = failed.ExitCode } : verdict;

    async Task<RunOutcome> PerformAsync(
        Attempt attempt, RunView run, RunAssignment assignment, AttemptJournal journal, AttemptStarter programs, RunOutput output)
    {
        try
        {
            if (!programs.IsAdopting)
            {
                NoteStart(run, output);
            }

            var executor = executors.Choose(run, assignment);
            using var span = RunnerTelemetry.Source.StartActivity($"invoke_agent {run.AgentName ?? executor.Type}");
            span?.SetTag("gen_ai.operation.name", "invoke_agent").SetTag("gen_ai.agent.name", run.AgentName)
                .SetTag("gen_ai.conversation.id", run.SessionId).SetTag("agent_orchestrator.executor", executor.Type);
            var environment = environments.For(run, assignment, executor, journal.Record!.ProcessToken);
            var context = new RunContext
            {
                Run = run,
                Agent = assignment.Agent is { } agent ? Placeholders.Fill(agent, environment, environment[Placeholders.McpUrl]) : null,
                Rate = assignment.Rate,
                ExecutorSessionId = assignment.ExecutorSessionId,
                WorkingDirectory = Workspace.Find(run.ProjectDir, options.ProjectDirectory),
                ScratchDirectory = journal.CreateScratch(),
                Environment = environment,
                Output = output,
                Programs = programs,
                StopGrace = options.StopGrace,
                Server = options.Server,
                Token = assignment.Token,
            };
            return attempt.Stopping.IsCancellationRequested && !programs.IsAdopting
                ? new RunOutcome.Stopped(nameof(ProcessSignal.SIGTERM))
                : await DriveAsync(executor, context, attempt).ConfigureAwait(false);
        }
        catch (ProductException e)
        {
            return new RunOutcome.Failed(e.Message, "missing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogBroken(run.RunId, e);
            return new RunOutcome.Failed($"the runner on {Environment.MachineName} cannot write its files: {e.Message}");
        }
    }

    static void NoteStart(RunView run, RunOutput output)
    {
        if (run.Type is RunType.ResumeSession)
        {
            output.Note(EventTypes.SessionStart, new EventFields());
        }

        output.Note(EventTypes.Message, new EventFields { Role = "user", Content = EventText.TextContent(run.Prompt) });
    }

    async Task<RunOutcome> DriveAsync(IExecutor executor, RunContext context, Attempt attempt)
    {
        var work = Task.Run(() => executor.ExecuteAsync(context, attempt.Stopping));
        if (!await EndsAsync(work, attempt, context.Environment[ProcessMark.Variable]).ConfigureAwait(false))
        {
            LogAbandoned(context.Run.RunId, executor.Type);
            return new RunOutcome.Stopped(nameof(ProcessSignal.SIGKILL));
        }

        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (attempt.Stopping.IsCancellationRequested)
        {
            return new RunOutcome.Stopped(nameof(ProcessSignal.SIGTERM));
        }
        catch (Exception e)
        {
            // An executor is not supposed to throw. Whatever it was, the run has ended and must say so.
            LogBroken(context.Run.RunId, e);
            return new RunOutcome.Failed($"the executor '{executor.Type}' broke: {e.Message}");
        }
    }

    /// <summary>Waits for the executor; once it is told to stop, not for ever.</summary>
    /// <returns>False when it does not return although all its processes are dead.</returns>
    async Task<bool> EndsAsync(Task work, Attempt attempt, string processToken)
    {
        await Task.WhenAny(work, WhenCancelledAsync(attempt.Stopping)).ConfigureAwait(false);
        if (await EndsWithinAsync(work, attempt.Cause is StopCause.Shutdown ? options.ShutdownStopLimit : options.StopLimit).ConfigureAwait(false))
        {
            return true;
        }

        await ProcessTree.KillAsync(processToken).ConfigureAwait(false);
        return await EndsWithinAsync(work, s_lastGrace).ConfigureAwait(false);
    }

    static async Task<bool> EndsWithinAsync(Task work, TimeSpan time) =>
        await Task.WhenAny(work, Task.Delay(time)).ConfigureAwait(false) == work;

    static Task WhenCancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    [LoggerMessage(LogLevel.Information, "Run {RunId} left {Count} processes behind; they were killed")]
    partial void LogStrays(string runId, int count);

    [LoggerMessage(LogLevel.Error, "Run {RunId}: executor {Executor} does not return although it was stopped and its processes are dead; it is abandoned")]
    partial void LogAbandoned(string runId, string executor);

    [LoggerMessage(LogLevel.Error, "Run {RunId} broke")]
    partial void LogBroken(string runId, Exception error);
}
