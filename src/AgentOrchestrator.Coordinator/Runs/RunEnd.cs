using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Which lease a report speaks for.</summary>
/// <param name="Fence">Null from older runners: the runner's live lease on that run.</param>
public sealed record LeaseRef(string Org, string RunId, string RunnerId, long? Fence);

/// <summary>How a run ended, as reported.</summary>
/// <param name="Status">Completed, failed or stopped.</param>
/// <param name="Reason">One word, for failed and stopped: <c>error</c>, <c>lost</c>, <c>expired</c>, <c>timeout</c>, <c>unstarted</c>, <c>stopped</c>.</param>
/// <remarks>A failure or stop of a run that was already told to stop ends it as stopped.</remarks>
public sealed record RunEnd(RunStatus Status, string? Reason = null, string? Error = null)
{
    public int? ExitCode { get; init; }
    public string? Signal { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }
    public RunUsage? Usage { get; init; }

    /// <summary>This end for a run as it stands: who was told to stop does not fail, unless it was told because its time was over.</summary>
    public RunEnd From(Run run) => Status switch
    {
        RunStatus.Failed or RunStatus.Stopped when run is { Status: RunStatus.Stopping, StopReason: StopReasons.Timeout } =>
            this with { Status = RunStatus.Failed, Reason = StopReasons.Timeout, Error = RunErrors.TimedOut(run.TimeoutSeconds ?? 0) },
        RunStatus.Failed or RunStatus.Stopped when run is { Status: RunStatus.Stopping, StopReason: { } reason } =>
            this with { Status = RunStatus.Stopped, Reason = reason, Error = null },
        RunStatus.Failed when run.Status == RunStatus.Stopping => this with { Status = RunStatus.Stopped, Reason = "stopped", Error = null },
        RunStatus.Stopped when Reason is null => this with { Reason = "stopped" },
        RunStatus.Failed when Reason is null => this with { Reason = "error" },
        _ => this,
    };

    /// <summary>SHA-256 over every member, lower-case hex: what a repeat of the same report is known by.</summary>
    public string Digest()
    {
        var usage = Usage is null ? "" : JsonSerializer.Serialize(Usage, CompactJson.Default.RunUsage);
        string?[] members = [Status.ToString(), Reason, Error, ExitCode?.ToString(), Signal, ResultText, ResultData?.GetRawText(), usage];
        var text = string.Concat(members.Select(member => member is null ? "-;" : $"{member.Length}:{member};"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

/// <summary>The words of <see cref="Run.StopReason"/>.</summary>
public static class StopReasons
{
    public const string Timeout = "timeout";
    public const string Interrupted = "interrupted";
}

/// <summary>Who claims, and what it can do.</summary>
public sealed record ClaimRequest
{
    public required string Org { get; init; }
    public required string RunnerId { get; init; }
    public required string RunTokenHash { get; init; }

    /// <summary>As the runner's row had it when it asked: nothing is claimed when another of its claims has run out since. Null = whatever it is.</summary>
    public long? LapsedClaims { get; init; }
}

public sealed record ClaimedRun(Run Run, string? ExecutorSessionId);

/// <summary>What a stop did.</summary>
/// <param name="Run">The run after it.</param>
/// <param name="Before">Its status before: pending = cancelled at once; final ones are left alone.</param>
public sealed record StopOutcome(Run Run, RunStatus Before);

/// <param name="Descendants">How many sessions below it had something to stop.</param>
public sealed record SessionStopOutcome(
    Sessions.Session Session, Protocol.Sessions.SessionStatus Before, Run? Run, RunStatus? RunBefore, int Descendants);

public sealed record RenewedLeases(IReadOnlyList<string> StopRuns, IReadOnlyList<string> LostRuns);

public sealed record RunQuery
{
    public RunStatus? Status { get; init; }
    public string? SessionId { get; init; }
    public string? AgentName { get; init; }
    public string? RunnerId { get; init; }
    public int? Limit { get; init; }

    /// <summary>Oldest first; the page begins after this run.</summary>
    public PageKey? After { get; init; }
}

/// <summary>What the clock did.</summary>
/// <param name="Released">Delayed runs that are in the queue now.</param>
/// <param name="TimedOut">Runs that were told to stop because they took too long.</param>
/// <param name="Expired">Runs that ended because they were not claimed in time.</param>
/// <param name="Next">How long until something is due; null when nothing will be.</param>
public sealed record DueCounts(int Released, int TimedOut, int Expired, TimeSpan? Next);

/// <summary>How many runs are live: what the caps count. Runs that wait for a child do not count.</summary>
/// <param name="ByAgent">Of agents with a cap, by name as pinned.</param>
/// <param name="Quarantined">The agents whose queued runs wait for a person.</param>
public sealed record RunLoad(int Live, int LiveOfOrg, IReadOnlyDictionary<string, int> ByAgent, IReadOnlyList<string> Quarantined);

/// <summary>What a round of the reaper or of recovery did.</summary>
public sealed record ReapCounts(int Requeued, int Lost, int Stopped, int Expired)
{
    public bool IsEmpty => Requeued + Lost + Stopped + Expired == 0;
}
