using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>A run as one who serves its callers one by one would keep it.</summary>
/// <param name="IsOver">Its lease has passed its end and was not taken away yet.</param>
/// <param name="EndedBy">What the report said that ended it; null when none did.</param>
public readonly record struct RunSpec(RunStatus Status, long Fence, bool IsOver, RunStatus? EndedBy = null)
{
    /// <summary>Every state that the act can leave behind with the answer that was given; none when no order explains it.</summary>
    public IEnumerable<RunSpec> After(RunAct act) => act.Verb switch
    {
        RunVerb.Claim => act.Fence == 0 ? [this] // A poll that finds nothing looks again.
            : If(Status == RunStatus.Pending && act.Fence == Fence + 1, new RunSpec(RunStatus.Claimed, act.Fence, IsOver: false)),
        RunVerb.Start => Holds(act.Fence) && Status is (RunStatus.Claimed or RunStatus.Running)
            ? If(!act.IsRefused, this with { Status = RunStatus.Running, IsOver = IsOver && Status == RunStatus.Running })
            : If(act.IsRefused, this),
        RunVerb.End => AfterEnd(act),
        RunVerb.Stop => If(act.Told == Status, Stopped()),
        RunVerb.Reap => IsOver ? [this, Reaped()] : [this],
        RunVerb.Release => [Status == RunStatus.Claimed && Holds(act.Fence) ? this with { Status = RunStatus.Pending, IsOver = false } : this],
        RunVerb.Renew => Holds(act.Fence) ? If(!act.IsRefused, this with { IsOver = false }) : If(act.IsRefused, this),
        _ => If((act.Told, act.ToldFence) == (Status, Fence), this),
    };

    bool Holds(long fence) => RunMoves.IsLive(Status) && fence == Fence;

    RunSpec[] AfterEnd(RunAct act)
    {
        if (!Holds(act.Fence))
        {
            var isRepeat = EndedBy is not null && EndedBy == act.End && act.Fence == Fence;
            return If(act.IsRefused != isRepeat && (act.IsRefused || act.Told == Status), this);
        }

        var status = Status == RunStatus.Stopping && act.End == RunStatus.Failed ? RunStatus.Stopped : act.End!.Value;
        return If(!act.IsRefused && act.Told == status, new RunSpec(status, Fence, IsOver: false, act.End));
    }

    RunSpec Stopped() => Status == RunStatus.Pending ? Taken(RunStatus.Stopped)
        : RunMoves.IsLive(Status) ? this with { Status = RunStatus.Stopping }
        : this;

    RunSpec Reaped() => Status switch
    {
        RunStatus.Claimed => this with { Status = RunStatus.Pending, IsOver = false },
        RunStatus.Running => Taken(RunStatus.Failed),
        _ => Taken(RunStatus.Stopped),
    };

    // An end that no report brings takes the lease away.
    RunSpec Taken(RunStatus status) => new(status, Fence + 1, IsOver: false);

    static RunSpec[] If(bool holds, RunSpec then) => holds ? [then] : [];
}
