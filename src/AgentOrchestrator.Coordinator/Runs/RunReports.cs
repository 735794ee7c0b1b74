using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What runners say about the runs that they hold: the moves of a run and its output.</summary>
public sealed class RunReports(IRunStore runs, IChangeSink changes, Redactor redactor, TimeProvider time, CoordinatorOptions options)
{
    const int MaxTextLength = 500_000;
    const int MaxDeltaLength = 64 * 1024;

    public async Task<Run> StartAsync(LeaseRef lease, RunReport report, CancellationToken cancel)
    {
        var started = await runs.StartAsync(
            lease,
            FreeText.Check(report.ExecutorSessionId, "executor_session_id", FreeText.MaxLabelLength),
            FreeText.Check(report.ExecutorType, "executor_type", FreeText.MaxLabelLength),
            cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.ServerStarted);
        return started;
    }

    public Task<Run> CompleteAsync(LeaseRef lease, RunReport report, CancellationToken cancel) =>
        report.Status is null or "success" or "completed"
            ? EndAsync(lease, EndOf(report, RunStatus.Completed, null, null), cancel)
            : throw Wrong("status must be 'success'; report anything else as failed or stopped");

    public Task<Run> FailAsync(LeaseRef lease, RunReport report, CancellationToken cancel) =>
        EndAsync(
            lease,
            EndOf(report, RunStatus.Failed, report.Reason ?? "error", FreeText.Require(report.Error, "error", MaxTextLength)),
            cancel);

    public Task<Run> StopAsync(LeaseRef lease, RunReport report, CancellationToken cancel) =>
        EndAsync(
            lease,
            EndOf(report, RunStatus.Stopped, report.Reason ?? "stopped", FreeText.Check(report.Error, "error", MaxTextLength)),
            cancel);

    /// <returns>The next ordinal that is expected.</returns>
    public async Task<long> AppendAsync(LeaseRef lease, Protocol.Runners.RunEvents output, CancellationToken cancel)
    {
        if (output.FirstOrdinal < 1)
        {
            throw Wrong("first_ordinal must be 1 or more");
        }

        RequireCount(output.Events?.Count, "events");
        var now = time.GetUtcNow();
        var accepted = output.Events!
            .Select(posted => PostedEvent.Accept(
                posted ?? throw Wrong("events must not contain null"), now, RunEvents.Runner(lease.RunnerId), lease.RunId).Redacted(redactor))
            .ToList();
        var next = await runs.AppendOutputAsync(lease, output.FirstOrdinal, accepted, cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.ServerAppended);
        return next;
    }

    /// <summary>Shows text as it is written; nothing is stored.</summary>
    public async Task PublishAsync(LeaseRef lease, RunDeltas output, CancellationToken cancel)
    {
        RequireCount(output.Deltas?.Count, "deltas");
        foreach (var delta in output.Deltas!)
        {
            if (delta is not { Kind: "text" or "thinking", Text.Length: <= MaxDeltaLength })
            {
                throw Wrong($"each of deltas needs a kind, 'text' or 'thinking', and a text of at most {MaxDeltaLength} characters");
            }
        }

        var run = await runs.FindAsync(lease.Org, lease.RunId, cancel).ConfigureAwait(false)
            ?? throw RunErrors.NotFound();
        if (!RunMoves.IsLive(run.Status) || run.RunnerId != lease.RunnerId || run.Fence != lease.Fence)
        {
            throw RunErrors.StaleLease();
        }

        IReadOnlyList<TextDelta> shown = [.. output.Deltas.Select(delta => delta with { Text = redactor.Redact(delta.Text) })];
        changes.Committed([new DeltasWritten(run.Org, run.SessionId, run.RunId, shown)]);
    }

    async Task<Run> EndAsync(LeaseRef lease, RunEnd end, CancellationToken cancel)
    {
        var ended = await runs.EndAsync(lease, end, cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.ServerEnded);
        return ended;
    }

    RunEnd EndOf(RunReport report, RunStatus status, string? reason, string? error) =>
        new(status, reason is null ? null : FreeText.RequireWord(reason, "reason"), Redacted(error))
        {
            ExitCode = report.ExitCode,
            Signal = Redacted(FreeText.Check(report.Signal, "signal", FreeText.MaxTimestampLength)),
            ResultText = string.IsNullOrWhiteSpace(report.ResultText) ? null : Redacted(FreeText.Check(report.ResultText, "result_text", MaxTextLength)),
            ResultData = report.ResultData is { } data ? redactor.Redact(data) : null,
            Usage = ModelPrice.Complete(report.Usage, options.Prices),
        };

    string? Redacted(string? text) => text is null ? null : redactor.Redact(text);

    void RequireCount(int? count, string field)
    {
        if (count is null or 0 || count > options.MaxEventsPerPage)
        {
            throw Wrong($"{field} must be 1 to {options.MaxEventsPerPage} of them");
        }
    }

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);
}
