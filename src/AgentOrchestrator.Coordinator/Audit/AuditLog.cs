using System.Threading.Channels;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>Takes note of acts and writes them many at a time, so that nobody waits for it.</summary>
/// <remarks>Refusals that are alike are added up for a while. What finds no room is counted, and the count is an entry.</remarks>
public sealed partial class AuditLog(IAuditStore audit, CoordinatorOptions options, TimeProvider time, ILogger<AuditLog> log)
{
    const int MaxWaiting = 20_000;
    const int MaxBatch = 500;
    const int MaxKinds = 1_000;

    readonly Channel<Act> _acts =
        Channel.CreateBounded<Act>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    readonly Dictionary<(string Org, AuditFact Kind), AuditFact> _refusals = [];
    readonly Lock _lock = new();
    long _lost;

    /// <param name="intent">Under which the database may know the act by now.</param>
    public void Done(string org, AuditFact fact, string? intent = null)
    {
        if (!_acts.Writer.TryWrite(new Act(org, fact, intent)))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    public void Refused(string org, AuditFact fact)
    {
        lock (_lock)
        {
            // Alike: all but the instant and the body. When too many kinds wait, sources and subjects are no longer told apart.
            var kind = (org, _refusals.Count < MaxKinds
                ? fact with { At = default, Digest = null }
                : fact with { At = default, Digest = null, Source = "many", Subject = null, Actor = "many" });
            _refusals[kind] = _refusals.TryGetValue(kind, out var known) ? known with { Times = known.Times + 1 } : kind.Item2 with { At = fact.At };
        }
    }

    /// <summary>Writes until <paramref name="stop"/>, then what is left.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await SettleAsync(stop).ConfigureAwait(false);
        var nextRefusals = time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            using var round = CancellationTokenSource.CreateLinkedTokenSource(stop);
            round.CancelAfter(options.AuditInterval);
            try
            {
                await _acts.Reader.WaitToReadAsync(round.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Time to look after refusals, or to end.
            }

            if (time.GetElapsedTime(nextRefusals) >= options.AuditInterval || stop.IsCancellationRequested)
            {
                nextRefusals = time.GetTimestamp();
                TakeRefusals();
                await SettleAsync(stop).ConfigureAwait(false);
            }

            await WriteAllAsync(stop).ConfigureAwait(false);
        }

        TakeRefusals();
        await WriteAllAsync(CancellationToken.None).ConfigureAwait(false);
    }

    void TakeRefusals()
    {
        lock (_lock)
        {
            foreach (var ((org, _), fact) in _refusals)
            {
                Done(org, fact);
            }

            _refusals.Clear();
        }
    }

    async Task WriteAllAsync(CancellationToken stop)
    {
        var batch = new List<Act>();
        do
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _acts.Reader.TryRead(out var act))
            {
                batch.Add(act);
            }

            if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
            {
                batch.Add(new Act(CoordinatorOptions.DefaultOrg, new AuditFact(time.GetUtcNow(), "audit", "-", "-", "not recorded", null, 0, lost, null), null));
            }

            foreach (var org in batch.GroupBy(act => act.Org))
            {
                await WriteAsync(org.Key, [.. org], stop).ConfigureAwait(false);
            }
        }
        while (batch.Count == MaxBatch);
    }

    /// <summary>A database that is away is waited for; at the end of the process what it does not take is lost, and said.</summary>
    async Task WriteAsync(string org, IReadOnlyList<Act> acts, CancellationToken stop)
    {
        IReadOnlyList<AuditFact> facts = [.. acts.Select(act => act.Fact)];
        IReadOnlyList<string> answered = [.. acts.Select(act => act.Intent).OfType<string>()];
        CrashPoint.Reach(CrashPoint.ServerAnswered);
        while (true)
        {
            try
            {
                await audit.AppendAsync(org, facts, answered, CancellationToken.None).ConfigureAwait(false);
                CrashPoint.Reach(CrashPoint.ServerAudited);
                return;
            }
            catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.StorageFull)
            {
                LogWaiting(away, facts.Count);
                if (stop.IsCancellationRequested || stop == CancellationToken.None)
                {
                    LogLost(facts.Count);
                    return;
                }

                await Task.Delay(TimeSpan.FromSeconds(1), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task SettleAsync(CancellationToken stop)
    {
        try
        {
            if (!stop.IsCancellationRequested && await audit.SettleAsync(options.AuditSettleAge, stop).ConfigureAwait(false) is > 0 and var count)
            {
                LogSettled(count);
            }
        }
        catch (Exception away) when (away is ProductException or OperationCanceledException)
        {
            // They wait for the next round.
        }
    }

    /// <param name="Intent">Under which the database may know it by now.</param>
    sealed record Act(string Org, AuditFact Fact, string? Intent);

    [LoggerMessage(LogLevel.Warning, "{Count} acts took effect before a process ended that never answered them; they are in the audit with status 0")]
    partial void LogSettled(int count);

    [LoggerMessage(LogLevel.Warning, "{Count} entries of the audit could not be written and will be tried again")]
    partial void LogWaiting(Exception error, int count);

    [LoggerMessage(LogLevel.Error, "{Count} entries of the audit are lost: the database did not take them before the end of the process")]
    partial void LogLost(int count);
}
