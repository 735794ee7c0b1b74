using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Brings one attempt's output to the server: the binding first, every event in order, the end last.</summary>
sealed partial class Delivery(CoordinatorLink link, AttemptRecord attempt, Spool spool, TimeProvider time, ILogger log)
{
    const int MaxEvents = 64;
    const int MaxBytes = 512 * 1024;
    static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(50);

    string? _binding;
    string? _bound;

    /// <summary>Where the conversation lives; sent before the next events, and before the end in any case.</summary>
    public void Bind(string executorSessionId) => Volatile.Write(ref _binding, executorSessionId);

    /// <summary>Delivers until the spool is closed and empty.</summary>
    /// <exception cref="ProductException">The server takes nothing of this attempt any more.</exception>
    public async Task DeliverOutputAsync(CancellationToken cancel)
    {
        while (true)
        {
            await spool.WaitForAsync(1, cancel).ConfigureAwait(false);
            await DeliverBindingAsync(cancel).ConfigureAwait(false);
            if (spool.Read(MaxEvents, MaxBytes) is not { } batch)
            {
                return;
            }

            CrashPoint.Reach(CrashPoint.RunnerOutputSpooled);
            var sentAt = time.GetTimestamp();
            await SendAsync(batch, cancel).ConfigureAwait(false);
            CrashPoint.Reach(CrashPoint.RunnerOutputSent);
            spool.Acknowledge(batch);
            CrashPoint.Reach(CrashPoint.RunnerOutputAcknowledged);
            await GatherAsync(sentAt, cancel).ConfigureAwait(false);
        }
    }

    public async Task DeliverEndAsync(AttemptEnd end, CancellationToken cancel)
    {
        try
        {
            await ReportAsync(end.Verb, end.Report, cancel).ConfigureAwait(false);
        }
        catch (ProductException e) when (IsOfTheContent(e))
        {
            // It must end all the same, and not as if its result had arrived.
            var refused = new RunReport { Error = $"The server refused the report '{end.Verb}' of this run: {e.Message}", Reason = "error", Usage = end.Report.Usage };
            await ReportAsync("failed", refused, cancel).ConfigureAwait(false);
        }
    }

    Task ReportAsync(string verb, RunReport report, CancellationToken cancel) =>
        link.ReportAsync(attempt.RunId, verb, report with { Fence = attempt.Fence, ExecutorSessionId = _binding }, cancel);

    /// <summary>The server read it and does not want these values; sending them again does not help.</summary>
    static bool IsOfTheContent(ProductException error) => error.Code is ErrorCode.Invalid or ErrorCode.Malformed or ErrorCode.TooLarge;

    async Task DeliverBindingAsync(CancellationToken cancel)
    {
        if (Volatile.Read(ref _binding) is not { } binding || binding == _bound)
        {
            return;
        }

        if (await link.BindAsync(attempt, binding, cancel).ConfigureAwait(false) is { } refusal)
        {
            // Tried again with the next events: a lease that is just being renewed makes the run's token good again.
            LogNotBound(attempt.RunId, refusal);
            return;
        }

        _bound = binding;
    }

    async Task SendAsync(SpoolBatch batch, CancellationToken cancel)
    {
        try
        {
            await link.AppendAsync(attempt.RunId, attempt.Fence, batch, cancel).ConfigureAwait(false);
        }
        catch (ProductException e) when (IsOfTheContent(e))
        {
            await SendOneByOneAsync(batch, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>One of them is not to the server's taste; the others must arrive all the same.</summary>
    async Task SendOneByOneAsync(SpoolBatch batch, CancellationToken cancel)
    {
        for (var i = 0; i < batch.Events.Count; i++)
        {
            var one = batch with { FirstOrdinal = batch.FirstOrdinal + i, Events = [batch.Events[i]] };
            try
            {
                await link.AppendAsync(attempt.RunId, attempt.Fence, one, cancel).ConfigureAwait(false);
            }
            catch (ProductException e) when (IsOfTheContent(e))
            {
                var notice = EventText.WriteRefused(one.Events[0].Span, e.Message, time.GetUtcNow());
                await link.AppendAsync(attempt.RunId, attempt.Fence, one with { Events = [notice] }, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The first event after a silence goes at once; those that follow are gathered.</summary>
    async Task GatherAsync(long sentAt, CancellationToken cancel)
    {
        var rest = s_gather - time.GetElapsedTime(sentAt);
        if (rest <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await spool.WaitForAsync(MaxEvents, cancel).AsTask().WaitAsync(rest, time, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Fewer than a batch: they go now.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Run {RunId}: the server did not note where the conversation lives: {Reason}")]
    partial void LogNotBound(string runId, string reason);
}
