using System.Diagnostics;
using System.Text.Json;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Keeper;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Telemetry;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>The course of an attempt from its claim to the acknowledged end, and of what an earlier life of the runner left.</summary>
sealed partial class AttemptCourse(
    StateFolder state, CoordinatorLink link, KeeperLink keeper, ExecutorCatalog executors, Execution execution, Redactor redactor, RunnerOptions options,
    TimeProvider time, ILogger<AttemptCourse> log)
{
    const string LostError = "The runner was restarted while the run was executing; what it had started was ended and not run again";
    const string ShutdownError = "The runner was shut down while the run was executing; send the session a message to go on";
    const string NotAllowed = "not_allowed";

    /// <summary>Journals, starts, executes, delivers, ends.</summary>
    /// <exception cref="IOException">Nothing could be journaled: nothing was started, and the claim will be offered to others.</exception>
    public async Task RunAsync(Attempt attempt, RunView run, RunAssignment assignment)
    {
        CrashPoint.Reach(CrashPoint.RunnerClaimed);
        var journal = state.Begin(new AttemptRecord
        {
            RunId = run.RunId,
            SessionId = run.SessionId,
            Fence = assignment.Fence,
            ProcessToken = ProcessMark.New(),
            RunToken = assignment.Token,
            ExecutorType = executors.TypeOf(run, assignment),
            WorkingDirectory = run.ProjectDir ?? options.ProjectDirectory,
            Claim = JsonSerializer.SerializeToElement(new PollAnswer { Run = run, Assignment = assignment }, ProtocolJson.Default.PollAnswer),
        });
        CrashPoint.Reach(CrashPoint.RunnerClaimJournaled);
        if (!await IsStartedAsync(attempt, journal, options.LifeOf(assignment.LeaseSeconds)).ConfigureAwait(false))
        {
            journal.Delete();
            return;
        }

        await FollowAsync(attempt, run, assignment, journal, new AttemptStarter(keeper, attempt, journal, options.LimitsOf(assignment.Agent))).ConfigureAwait(false);
    }

    /// <summary>Finds what is left of an attempt whose runner died.</summary>
    /// <returns>Its program, to go on with; null when nothing of it is alive any more.</returns>
    public async Task<KeptProcess?> TakeOverAsync(AttemptJournal journal)
    {
        var record = journal.Record!;
        if (await keeper.AdoptAsync(journal.Key, journal.Kept, record.ProcessToken).ConfigureAwait(false) is { } kept)
        {
            if (journal.ReadEnd() is null && record.Claim is not null && executors.GoesOn(record.ExecutorType))
            {
                return kept;
            }

            await kept.DisposeAsync().ConfigureAwait(false);
            await kept.ReleaseAsync().ConfigureAwait(false);
        }

        await journal.Kept.KillGroupAsync().ConfigureAwait(false);
        var killed = await ProcessTree.KillAsync(record.ProcessToken).ConfigureAwait(false);
        journal.Kept.RemoveLimits();
        LogRecovered(record.RunId, killed);
        return null;
    }

    /// <summary>Goes on with what an earlier life of the runner began, as far as that is possible; else reports how it ended.</summary>
    /// <param name="kept">Its program; null when nothing of one is alive.</param>
    public Task GoOnAsync(Attempt attempt, AttemptJournal journal, KeptProcess? kept) =>
        kept is not null || CanResume(journal) ? AdoptAsync(attempt, journal, kept) : RecoverAsync(attempt, journal);

    bool CanResume(AttemptJournal journal) =>
        journal.ReadEnd() is null && journal.Record is { Claim: not null } record && executors.Resumes(record.ExecutorType, journal.Scratch);

    async Task AdoptAsync(Attempt attempt, AttemptJournal journal, KeptProcess? kept)
    {
        var claim = journal.Record!.Claim!.Value.Deserialize(ProtocolJson.Default.PollAnswer)!;
        LogAdopted(attempt.RunId);
        var programs = new AttemptStarter(keeper, attempt, journal, options.LimitsOf(claim.Assignment!.Agent), kept) { IsAdopting = true };
        await FollowAsync(attempt, claim.Run!, claim.Assignment, journal, programs).ConfigureAwait(false);
    }

    /// <summary>Reports how an attempt whose runner died, and of which nothing is alive any more, really ended.</summary>
    async Task RecoverAsync(Attempt attempt, AttemptJournal journal)
    {
        var record = journal.Record!;
        using var spool = new Spool(journal.SpoolFile, options.MaxSpoolBytes);
        var delivery = new Delivery(link, record, spool, time, log);
        if (journal.ReadBinding() is { } binding)
        {
            delivery.Bind(binding);
        }

        var end = journal.ReadEnd();
        if (end is null)
        {
            end = new AttemptEnd("failed", new RunReport { Error = LostError, Reason = "lost" });
            if (spool.Mark != SpoolMark.End)
            {
                spool.Append(EventText.Write(EventTypes.SessionStop, new EventFields { ExitCode = 1, Reason = "failed" }, time.GetUtcNow(), redactor), SpoolMark.End);
            }

            journal.WriteEnd(end);
        }

        spool.Close();
        await DeliverAsync(attempt, delivery, spool).ConfigureAwait(false);
        await EndAsync(attempt, journal, end, delivery).ConfigureAwait(false);
    }

    /// <summary>Executes, delivers, ends.</summary>
    async Task FollowAsync(Attempt attempt, RunView run, RunAssignment assignment, AttemptJournal journal, AttemptStarter programs)
    {
        using var span = RunnerTelemetry.Begin("run", assignment.TraceParent);
        span?.SetTag("agent_orchestrator.run.id", run.RunId).SetTag("agent_orchestrator.run.attempt", run.Attempt)
            .SetTag("gen_ai.conversation.id", run.SessionId).SetTag("gen_ai.agent.name", run.AgentName);
        using var spool = new Spool(journal.SpoolFile, options.MaxSpoolBytes);
        var delivery = new Delivery(link, journal.Record!, spool, time, log);
        if (journal.ReadBinding() is { } binding)
        {
            delivery.Bind(binding);
        }

        var delivering = DeliverAsync(attempt, delivery, spool);
        var end = await ExecuteAsync(attempt, run, assignment, journal, programs, spool, delivery).ConfigureAwait(false);
        await delivering.ConfigureAwait(false);
        span?.SetTag("agent_orchestrator.run.end", end.Verb).SetStatus(end.Verb is "failed" ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        RunnerTelemetry.NoteUsage(end.Report.Usage);
        await EndAsync(attempt, journal, end, delivery).ConfigureAwait(false);
    }

    /// <summary>Nothing is spawned before the server has noted the start.</summary>
    /// <param name="life">How long the lease that begins with the start lets a program live.</param>
    async Task<bool> IsStartedAsync(Attempt attempt, AttemptJournal journal, TimeSpan life)
    {
        var record = journal.Record!;

        // Holds once the server has noted the start; by then it may have been renewed, or held through an outage.
        attempt.Renew(BootClock.Now + life);
        try
        {
            await link.ReportAsync(
                record.RunId, "started", new RunReport { Fence = record.Fence, ExecutorType = record.ExecutorType }, attempt.Silence).ConfigureAwait(false);
            CrashPoint.Reach(CrashPoint.RunnerStartReported);
            journal.MarkStarted();
            CrashPoint.Reach(CrashPoint.RunnerStartJournaled);
            return true;
        }
        catch (ProductException e)
        {
            LogNotStarted(record.RunId, e.Message);
            if (e.Reason == NotAllowed)
            {
                await ReportUnstartedStopAsync(attempt).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            LogNotStarted(record.RunId, "its lease is gone");
        }

        return false;
    }

    /// <summary>A run that was told to stop between claim and start waits for this word.</summary>
    async Task ReportUnstartedStopAsync(Attempt attempt)
    {
        try
        {
            var report = new RunReport { Fence = attempt.Lease.Fence, Signal = nameof(ProcessSignal.SIGTERM) };
            await link.ReportAsync(attempt.RunId, "stopped", report, attempt.Silence).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ProductException or OperationCanceledException)
        {
            LogLost(attempt.RunId, e.Message);
        }
    }

    async Task<AttemptEnd> ExecuteAsync(
        Attempt attempt, RunView run, RunAssignment assignment, AttemptJournal journal, AttemptStarter programs, Spool spool, Delivery delivery)
    {
        var deltas = new DeltaStream(link, journal.Record!, redactor, time);
        var output = new RunOutput(journal, spool, delivery, deltas, redactor, time);
        var outcome = await execution.RunAsync(attempt, run, assignment, journal, programs, output).ConfigureAwait(false);
        await deltas.FlushAsync().ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.RunnerEndKnown);
        var (end, stop) = Describe(outcome, attempt.Cause);
        try
        {
            output.NoteEnd(stop);
            if (attempt.Cause is not StopCause.LeaseLost)
            {
                journal.WriteEnd(end);
                CrashPoint.Reach(CrashPoint.RunnerEndJournaled);
            }
        }
        catch (IOException e)
        {
            // The end is reported all the same, as long as this process lives.
            LogNotJournaled(attempt.RunId, e);
        }

        await programs.ReleaseAsync().ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.RunnerReleased);
        spool.Close();
        return end;
    }

    /// <summary>Delivers the output. When the server takes no more of it, the lease is lost.</summary>
    async Task DeliverAsync(Attempt attempt, Delivery delivery, Spool spool)
    {
        try
        {
            await delivery.DeliverOutputAsync(attempt.Silence).ConfigureAwait(false);
        }
        catch (ProductException e)
        {
            LogLost(attempt.RunId, e.Message);
            attempt.Stop(StopCause.LeaseLost);
        }
        catch (OperationCanceledException)
        {
            // Lost or left; the end says which.
        }

        // Nobody must wait for room that no delivery will make.
        spool.Close();
    }

    async Task EndAsync(Attempt attempt, AttemptJournal journal, AttemptEnd end, Delivery delivery)
    {
        try
        {
            await delivery.DeliverEndAsync(end, attempt.Silence).ConfigureAwait(false);
            CrashPoint.Reach(CrashPoint.RunnerEndReported);
            LogEnded(attempt.RunId, end.Verb, end.Report.Reason ?? "-");
        }
        catch (ProductException e)
        {
            LogLost(attempt.RunId, e.Message);
        }
        catch (OperationCanceledException) when (attempt.Cause is StopCause.LeaseLost)
        {
            LogLost(attempt.RunId, "its lease is gone");
        }
        catch (OperationCanceledException)
        {
            LogLeft(attempt.RunId);
            return;
        }

        journal.Delete();
        CrashPoint.Reach(CrashPoint.RunnerForgotten);
    }

    (AttemptEnd End, EventFields Stop) Describe(RunOutcome outcome, StopCause cause) => outcome switch
    {
        RunOutcome.Completed done => (
            new AttemptEnd("completed", new RunReport
            {
                Status = "success",
                ExitCode = 0,
                ResultText = done.Text is null ? null : EventText.HeadForReport(redactor.Redact(done.Text)),
                ResultData = done.Data is { } data ? redactor.Redact(EventText.WithoutNul(data)) : null,
                Usage = done.Usage,
            }),
            new EventFields { ExitCode = 0, Reason = "completed" }),
        RunOutcome.Stopped stopped when cause is StopCause.Shutdown => (
            new AttemptEnd("failed", new RunReport { Error = ShutdownError, Reason = "shutdown", Signal = stopped.Signal, Usage = stopped.Usage }),
            new EventFields { ExitCode = CodeOf(stopped.Signal), Reason = "failed" }),
        RunOutcome.Stopped stopped => (
            new AttemptEnd("stopped", new RunReport { Signal = stopped.Signal, Usage = stopped.Usage }),
            new EventFields { ExitCode = CodeOf(stopped.Signal), Reason = "stopped" }),
        RunOutcome.Failed failed => (
            new AttemptEnd("failed", new RunReport
            {
                Error = EventText.HeadForReport(string.IsNullOrWhiteSpace(failed.Error) ? "The executor failed without a word" : redactor.Redact(failed.Error)),
                Reason = failed.Reason,
                ExitCode = failed.ExitCode,
                Usage = failed.Usage,
            }),
            new EventFields { ExitCode = failed.ExitCode ?? 1, Reason = "failed" }),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An outcome without a report."),
    };

    /// <summary>As a shell would say it.</summary>
    static int CodeOf(string signal) => signal switch
    {
        nameof(ProcessSignal.SIGINT) => 130,
        nameof(ProcessSignal.SIGTERM) => 143,
        _ => 137,
    };

    [LoggerMessage(LogLevel.Warning, "Run {RunId} was not started: {Reason}")]
    partial void LogNotStarted(string runId, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} is no longer this runner's: {Reason}. Its processes are ended and its output is dropped")]
    partial void LogLost(string runId, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {RunId}: what the server has not got yet is delivered by the next start of this runner")]
    partial void LogLeft(string runId);

    [LoggerMessage(LogLevel.Error, "The end of run {RunId} could not be journaled")]
    partial void LogNotJournaled(string runId, Exception error);

    [LoggerMessage(LogLevel.Information, "Run {RunId} {Verb}, reason {Reason}")]
    partial void LogEnded(string runId, string verb, string reason);

    [LoggerMessage(LogLevel.Information, "Run {RunId} was started by an earlier start of this runner and goes on")]
    partial void LogAdopted(string runId);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} was left by an earlier start of this runner; {Killed} of its processes were still alive and were killed")]
    partial void LogRecovered(string runId, int killed);
}
