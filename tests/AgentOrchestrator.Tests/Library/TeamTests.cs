using AgentOrchestrator.Models;
using AgentOrchestrator.Patterns;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class TeamTests
{
    readonly Orchestrator _orchestrator = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TeamMode.Sequential)]
    [InlineData(TeamMode.Parallel)]
    public async Task A_failed_member_does_not_sink_the_team(TeamMode mode)
    {
        Create("a", """[{"reply":"A: {prompt}"}]""");
        Create("b", """[{"fail":"out of order"}]""");
        Create("chief", """[{"reply":"{prompt}"}]""");
        var team = new AgentTeam(_orchestrator, "Team", ["a", "b", "nobody"]);

        var result = await team.RunTeamTaskAsync("dig", "chief", mode, Cancel);

        Assert.Equal(["A: Task for a: dig", "error: out of order", "error: There is no agent 'nobody'."], result.Members.Select(member => member.ToString()));
        Assert.Equal(
            "Synthesize the following team outputs for task 'dig':\n\n=== a ===\nA: Task for a: dig\n\n=== b ===\nerror: out of order\n\n"
            + "=== nobody ===\nerror: There is no agent 'nobody'.\n\n",
            result.ToString());
    }

    [Fact]
    public async Task Patterns_are_agents_and_go_into_each_other()
    {
        var pattern = new Sequential(
            "all", new Concurrent("both", Create("a", """[{"reply":"A({prompt})"}]"""), Create("b", """[{"reply":"B({prompt})"}]""")), Create("c", """[{"reply":"C({prompt})"}]"""));

        var answer = await pattern.RunAsync("x", cancellationToken: Cancel);

        Assert.Equal(("all", "C(=== a ===\nA(x)\n\n=== b ===\nB(x))", 3), (answer.AgentId, answer.Text, answer.Usage.Turns));
    }

    [Fact]
    public async Task A_critic_sends_work_back_until_it_is_good()
    {
        var worker = Create("worker", """[{"match":"Improve","reply":"better"},{"reply":"draft"}]""");
        var judge = Create("judge", """[{"match":"Answer: better","reply":"APPROVED"},{"reply":"Too short."}]""");

        var answer = await new Critic("pair", worker, judge).RunAsync("Write", cancellationToken: Cancel);

        Assert.Equal(("better", 4), (answer.Text, answer.Usage.Turns));
    }

    [Fact]
    public async Task A_matter_is_handed_over_to_who_knows_better()
    {
        var desk = Create("desk", """[{"match":"bill","calls":[{"name":"handoff_to_billing","input":{"message":"Refund 5"}}],"then":{"reply":"Over."}},{"reply":"Hi."}]""");
        var billing = Create("billing", """[{"reply":"Done: {prompt}"}]""");
        var house = new Handoff("house", desk, billing);

        Assert.Equal("Hi.", (await house.RunAsync("hello", cancellationToken: Cancel)).Text);
        var answer = await house.RunAsync("my bill is wrong", cancellationToken: Cancel);
        Assert.Equal(("Done: Refund 5", "handoff_to_billing"), (answer.Text, answer.ToolsUsed.Single()));
    }

    Agent Create(string id, string script) => _orchestrator.CreateAgent(id, ChatModels.Scripted(script));
}
