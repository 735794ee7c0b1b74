using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>The checker itself: it lets through what can be explained, and nothing else.</summary>
public sealed class LinearizabilityTests
{
    static readonly RunSpec s_claimed = new(RunStatus.Claimed, 1, IsOver: true);

    [Fact]
    public void Acts_beside_each_other_may_have_come_in_any_order()
    {
        Assert.True(Holds(
            At(0, 9, new RunAct(RunVerb.End, 1, RunStatus.Completed, RunStatus.Completed)),
            At(0, 9, new RunAct(RunVerb.Stop, Told: RunStatus.Running)),
            At(0, 9, new RunAct(RunVerb.Start, 1)),
            At(0, 9, new RunAct(RunVerb.Read, Told: RunStatus.Stopping, ToldFence: 1))));
    }

    [Fact]
    public void What_had_ended_before_an_act_began_comes_before_it()
    {
        var end = new RunAct(RunVerb.End, 1, RunStatus.Completed, RunStatus.Completed);
        var read = new RunAct(RunVerb.Read, Told: RunStatus.Claimed, ToldFence: 1);

        Assert.True(Holds(At(0, 9, end), At(5, 6, read)));
        Assert.False(Holds(At(0, 4, end), At(5, 6, read)));
    }

    [Fact]
    public void Two_claims_two_ends_and_a_start_of_an_old_lease_are_found()
    {
        Assert.True(Holds(At(0, 9, new RunAct(RunVerb.Reap)), At(0, 9, new RunAct(RunVerb.Claim, 2))));
        Assert.False(Holds(At(0, 9, new RunAct(RunVerb.Reap)), At(0, 9, new RunAct(RunVerb.Claim, 2)), At(0, 9, new RunAct(RunVerb.Claim, 2))));
        Assert.False(Holds(At(0, 9, new RunAct(RunVerb.Claim, 2))));
        Assert.False(Holds(
            At(0, 9, new RunAct(RunVerb.End, 1, RunStatus.Completed, RunStatus.Completed)), At(0, 9, new RunAct(RunVerb.End, 1, RunStatus.Failed, RunStatus.Failed))));
        Assert.False(Holds(At(0, 9, new RunAct(RunVerb.Reap)), At(0, 3, new RunAct(RunVerb.Claim, 2)), At(5, 6, new RunAct(RunVerb.Start, 1))));
        Assert.False(Holds(At(0, 9, new RunAct(RunVerb.Start, 1)), At(0, 9, new RunAct(RunVerb.Renew, 1, IsRefused: true))));
    }

    static bool Holds(params RunAct[] acts) => Linearizability.Holds(s_claimed, acts);

    static RunAct At(long begun, long ended, RunAct act) => act with { Begun = begun, Ended = ended };
}
