using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using Xunit;

namespace AgentOrchestrator.Tests.Rooms;

/// <summary>Where a message goes, and where it comes to an end.</summary>
public sealed class RoomPlanTests
{
    static readonly CoordinatorOptions s_options = new() { RoomMaxHops = 3, RoomMaxFanOut = 2, RoomMaxMessages = 5, RoomMaxRepeats = 2 };

    static readonly RoomAgent[] s_agents = [new("assistant", null), new("bob", null), new("carol", null), new("dave", "stopped"), new("eve", "failed")];

    [Theory]
    [InlineData("hello", "default", "assistant=hello", "")]
    [InlineData("hello @nobody", "default", "assistant=hello @nobody", "")]
    [InlineData("@assistant ask @bob", "delegate", "assistant=ask @bob", "")]
    [InlineData("@Assistant @assistant x", "delegate", "assistant=@assistant x", "")]
    [InlineData("@bob @carol go  on", "broadcast", "bob=go  on|carol=go  on", "")]
    [InlineData("@bob tell @assistant x", "broadcast", "bob=tell x|assistant=tell x", "")]
    [InlineData("@dave @bob x", "broadcast", "bob=x", "dave:stopped")]
    [InlineData("@eve x", "broadcast", "", "eve:failed")]
    [InlineData("@bob", "broadcast", "bob=@bob", "")]
    [InlineData("@all x", "broadcast", "assistant=x|bob=x|carol=x", "")]
    [InlineData("@dave @all x", "broadcast", "assistant=x|bob=x|carol=x", "dave:stopped")]
    public void A_persons_message_goes_to_whom_it_names(string text, string mode, string parts, string skipped)
    {
        var plan = RoomPlan.Of(text, s_agents, "assistant", "assistant", isLocked: false);

        Assert.Equal((mode, parts, skipped), (plan.Mode, Parts(plan), string.Join('|', plan.Skipped.Select(skip => $"{skip.Agent}:{skip.Reason}"))));
    }

    [Fact]
    public void A_locked_room_sends_what_names_nobody_to_one_agent_and_a_room_without_any_to_nobody()
    {
        Assert.Equal(("locked", "bob=hi"), Told(RoomPlan.Of("hi", s_agents, "assistant", "bob", isLocked: true)));
        Assert.Equal(("broadcast", "carol=hi"), Told(RoomPlan.Of("@carol hi", s_agents, "assistant", "bob", isLocked: true)));
        Assert.Equal(("default", ""), Told(RoomPlan.Of("hi", [], "assistant", null, isLocked: false)));
        Assert.Equal("gone:unknown", string.Join('|', RoomPlan.Of("hi", s_agents, "assistant", "gone", isLocked: true).Skipped.Select(skip => $"{skip.Agent}:{skip.Reason}")));
    }

    [Theory]
    [InlineData("done", null)]
    [InlineData("I, @bob, am done", null)]
    [InlineData("@carol look", "carol=[bob]: look")]
    [InlineData("Both of you:\n@carol one\n@assistant two", "carol=[bob]: Both of you:\none|assistant=[bob]: Both of you:\ntwo")]
    [InlineData("@carol @assistant same", "carol=[bob]: same|assistant=[bob]: same")]
    [InlineData("```\n@carol\n```", null)]
    [InlineData("@carol", "carol=[bob]: @carol")]
    public void An_agents_message_goes_on_line_by_line(string text, string? parts) =>
        Assert.Equal(parts, RoomPlan.OfAgent(text, "bob", s_agents) is { } plan ? Parts(plan) : null);

    [Fact]
    public void What_comes_of_one_message_is_bounded_in_every_direction()
    {
        var plan = new RoomPlan("agent", [new("bob", "x"), new("carol", "x"), new("assistant", "x")], []);

        Assert.Equal(["fanout_limit"], Reasons(plan, null, 1, []));
        Assert.Equal(["fanout_limit"], Reasons(plan, "dave", 3, []));
        Assert.Equal(["hop_limit", "hop_limit", "hop_limit"], Reasons(plan, "dave", 4, []));
        Assert.Equal(["message_limit", "message_limit"], Reasons(plan, "dave", 2, [.. Enumerable.Range(0, 4).Select(i => Route($"a{i}", "b"))]));
        Assert.Equal(["cycle", "fanout_limit"], Reasons(plan with { Parts = [.. plan.Parts, new("frank", "x")] }, "dave", 2, [Route("DAVE", "bob"), Route("dave", "Bob")]));
        Assert.Empty(Reasons(plan with { Parts = [new("bob", "x")] }, "dave", 2, [Route("bob", "dave"), Route("bob", "dave"), Route("dave", "bob")]));
    }

    static IEnumerable<string> Reasons(RoomPlan plan, string? sender, int hop, IReadOnlyList<RoomRoute> earlier) =>
        RoomLimits.Apply(plan, sender, hop, earlier, s_options).Skipped.Select(skip => skip.Reason);

    static RoomRoute Route(string sender, string agent) => new() { Org = "o", RoomId = "r", RunId = "u", Seq = 1, RootSeq = 1, Hop = 1, Sender = sender, Agent = agent };

    static (string, string) Told(RoomPlan plan) => (plan.Mode, Parts(plan));

    static string Parts(RoomPlan plan) => string.Join('|', plan.Parts.Select(part => $"{part.Agent}={part.Text}"));
}
