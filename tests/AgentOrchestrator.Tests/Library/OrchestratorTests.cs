using AgentOrchestrator.Agents;
using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class OrchestratorTests
{
    readonly Orchestrator _orchestrator = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_first_agent_becomes_the_default_and_after_it_the_oldest_that_is_left()
    {
        foreach (var id in new[] { "a", "b", "c" }) { _orchestrator.CreateAgent(id, Echo()); }

        Assert.Equal("a", _orchestrator.GetAgent().Id);
        _orchestrator.SetDefaultAgent("C");
        Assert.Equal([("a", false), ("b", false), ("c", true)], _orchestrator.ListAgents().Select(agent => (agent.Id, agent.IsDefault)));
        _orchestrator.DeleteAgent("c");
        Assert.Equal("a", _orchestrator.DefaultAgent);
        _orchestrator.CreateAgent("d", Echo(), setAsDefault: true);
        Assert.Equal("d", _orchestrator.DefaultAgent);
    }

    [Fact]
    public void What_cannot_be_done_is_told_by_type_and_name()
    {
        AssertError(OrchestratorError.NoDefaultAgent, "create one", () => _orchestrator.GetAgent());
        _orchestrator.CreateAgent("writer", Echo());
        AssertError(OrchestratorError.DuplicateAgent, "'WRITER'", () => _orchestrator.CreateAgent("WRITER", Echo()));
        AssertError(OrchestratorError.InvalidName, "'../x'", () => _orchestrator.CreateAgent("../x", Echo()));
        AssertError(OrchestratorError.UnknownAgent, "'nobody'", () => _orchestrator.GetAgent("nobody"));
        AssertError(OrchestratorError.UnknownAgent, "'nobody'", () => _orchestrator.DeleteAgent("nobody"));
        AssertError(OrchestratorError.UnknownAgent, "'nobody'", () => _orchestrator.SetDefaultAgent("nobody"));
        AssertError(OrchestratorError.UnknownAgent, "'nobody'", () => _orchestrator.RunStreamAsync("x", "nobody"));
        _orchestrator.DeleteAgent("writer");
        Assert.Null(_orchestrator.DefaultAgent);
        Assert.False(_orchestrator.HasAgent("writer"));
    }

    [Fact]
    public async Task An_agent_remembers_what_was_said_unless_it_is_told_not_to()
    {
        var model = new FakeModel(Says("Hello Ann."), Says("I do not know."), Says("You are Ann."));
        var longTerm = new InProcessMemory();
        _orchestrator.CreateAgent("a", model, bufferMemory: new BufferMemory(), longTermMemory: longTerm);

        await _orchestrator.RunAsync("I am Ann", cancellationToken: Cancel);
        await _orchestrator.RunAsync("Who am I?", useMemory: false, cancellationToken: Cancel);
        await _orchestrator.RunAsync("Who am I now?", cancellationToken: Cancel);

        Assert.Equal(["Who am I?"], model.Asked[1].Messages.Select(message => message.Text));
        Assert.Equal(
            ["From earlier conversations:\n- User: I am Ann\nAssistant: Hello Ann.", "I am Ann", "Hello Ann.", "Who am I now?"],
            model.Asked[2].Messages.Select(message => message.Text));
        var hits = await _orchestrator.SearchMemoryAsync("Hello Ann", cancellationToken: Cancel);
        Assert.Equal(("buffer", "Hello Ann.", 0), (hits[0].Source, hits[0].Text, Math.Round(hits[0].Distance, 6)));
        Assert.Contains(hits, hit => hit.Source == "long_term" && hit.Metadata["input"] == "I am Ann" && hit.Metadata["type"] == "conversation");

        await _orchestrator.ClearAllMemoriesAsync(clearLongTerm: true, Cancel);
        Assert.Empty(await _orchestrator.SearchMemoryAsync("Hello Ann", cancellationToken: Cancel));
    }

    [Fact]
    public async Task An_answer_is_streamed_and_a_registered_tool_is_called()
    {
        using var model = ChatModels.Scripted("""[{"calls":[{"name":"now"}],"then":{"reply":"It is noon."}}]""");
        _orchestrator.CreateAgent("a", model);
        _orchestrator.RegisterTool(AIFunctionFactory.Create(() => "12:00", "now"));

        var updates = await _orchestrator.RunStreamAsync("What time is it?", cancellationToken: Cancel).ToListAsync(Cancel);
        var answer = await _orchestrator.RunAsync("And now?", cancellationToken: Cancel);

        Assert.Equal("It is noon.", string.Concat(updates.OfType<AgentUpdate.Text>().Select(text => text.Delta)));
        Assert.Equal("12:00", Assert.Single(updates.OfType<AgentUpdate.Called>()).Answer.Text);
        Assert.Equal(("a", "It is noon.", "now", 2), (answer.AgentId, answer.ToString(), answer.ToolsUsed.Single(), answer.Usage.Turns));
    }

    [Fact]
    public async Task How_a_run_ended_without_an_answer_is_thrown()
    {
        var refusing = new FakeModel(Throws(new ModelException("no key")));
        var bounded = new AgentSettings { Model = Echo(), Loop = new LoopOptions { Limits = new LoopLimits { MaxTurns = 0 } } };
        _orchestrator.CreateAgent("refusing", refusing);
        _orchestrator.CreateAgent("bounded", bounded);

        Assert.Equal("no key", (await Assert.ThrowsAsync<ModelException>(() => _orchestrator.RunAsync("x", cancellationToken: Cancel))).Message);
        var limit = await Assert.ThrowsAsync<OrchestratorException>(() => _orchestrator.RunAsync("x", "bounded", cancellationToken: Cancel));
        Assert.Equal(OrchestratorError.LimitReached, limit.Error);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _orchestrator.RunAsync("x", "bounded", cancellationToken: new CancellationToken(true)));
    }

    static IChatClient Echo() => ChatModels.Scripted();

    static void AssertError(OrchestratorError error, string words, Action act)
    {
        var failure = Assert.Throws<OrchestratorException>(act);
        Assert.Equal(error, failure.Error);
        Assert.Contains(words, failure.Message);
    }
}
