using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class SharedResourcesTests
{
    readonly Orchestrator _orchestrator = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_shared_tool_is_for_the_agents_that_are_named_those_of_later_too()
    {
        _orchestrator.CreateAgent("one", ChatModels.Scripted());
        _orchestrator.ShareTool(new CalculatorTool(), AgentAccess.Only("ONE", "two"));
        _orchestrator.CreateAgent("two", ChatModels.Scripted());
        _orchestrator.CreateAgent("three", ChatModels.Scripted());

        Assert.Equal([("one", 1), ("two", 1), ("three", 0)], _orchestrator.ListAgents().Select(agent => (agent.Id, agent.ToolsCount)));
        Assert.True(_orchestrator.UnshareTool("calculator"));
        Assert.False(_orchestrator.UnshareTool("calculator"));
        Assert.Empty(_orchestrator.GetAgent("one").Tools);
    }

    [Fact]
    public async Task A_tool_that_is_shared_can_be_called_and_one_that_is_not_cannot()
    {
        var call = FakeModel.Says(FakeModel.Call("c1", "calculator", ("expression", "1+1")));
        var (friend, stranger) = (new FakeModel(call, FakeModel.Says("done")), new FakeModel(call, FakeModel.Says("done")));
        _orchestrator.CreateAgent("friend", friend);
        _orchestrator.CreateAgent("stranger", stranger);
        _orchestrator.ShareTool(new CalculatorTool(), AgentAccess.Only("friend"));

        foreach (var agent in (string[])["friend", "stranger"]) { await _orchestrator.RunAsync("?", agent, cancellationToken: Cancel); }

        Assert.Contains("2", ResultOf(friend), StringComparison.Ordinal);
        Assert.Equal("There is no tool 'calculator'; there is: none.", ResultOf(stranger));
    }

    [Fact]
    public void An_own_tool_goes_before_a_shared_one_of_its_name()
    {
        var own = new CalculatorTool();
        var agent = _orchestrator.CreateAgent("one", ChatModels.Scripted(), tools: [own]);
        _orchestrator.ShareTool(new CalculatorTool(), AgentAccess.Everybody);

        Assert.Same(own, agent.Tools.Single());
        _orchestrator.DeleteAgent("one");
        Assert.Same(own, agent.Tools.Single());
    }

    [Fact]
    public async Task A_shared_memory_is_told_by_agents_without_one_of_their_own_and_found_in_by_all_that_may()
    {
        InProcessMemory shared = new(), own = new();
        _orchestrator.ShareMemory("facts", shared, AgentAccess.Only("teller", "owner"));
        _orchestrator.CreateAgent("teller", ChatModels.Scripted());
        _orchestrator.CreateAgent("owner", ChatModels.Scripted(), longTermMemory: own);
        _orchestrator.CreateAgent("stranger", ChatModels.Scripted());

        foreach (var agent in (string[])["teller", "owner", "stranger"]) { await _orchestrator.RunAsync($"the whale of {agent}", agent, cancellationToken: Cancel); }

        Assert.Contains("of teller", Assert.Single(await shared.SearchAsync("whale", cancellationToken: Cancel)).Text, StringComparison.Ordinal);
        Assert.Contains("of owner", Assert.Single(await own.SearchAsync("whale", cancellationToken: Cancel)).Text, StringComparison.Ordinal);
        Assert.Equal(2, (await _orchestrator.SearchMemoryAsync("whale", "owner", cancellationToken: Cancel)).Count);
        Assert.Empty(await _orchestrator.SearchMemoryAsync("whale", "stranger", cancellationToken: Cancel));
        Assert.True(_orchestrator.UnshareMemory("facts"));
        Assert.Empty(await _orchestrator.SearchMemoryAsync("whale", "teller", cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_is_found_in_a_shared_memory_is_shown_to_the_model()
    {
        var memory = new InProcessMemory();
        await memory.StoreAsync("The key is under the mat", cancellationToken: Cancel);
        var model = new FakeModel(FakeModel.Says("ok"), FakeModel.Says("ok"));
        _orchestrator.CreateAgent("one", model);
        _orchestrator.ShareMemory("facts", memory, AgentAccess.Everybody);

        await _orchestrator.RunAsync("Where is the key?", cancellationToken: Cancel);
        await _orchestrator.RunAsync("Where is the key?", useMemory: false, cancellationToken: Cancel);

        Assert.Contains("under the mat", model.Asked[0].Messages[0].Text, StringComparison.Ordinal);
        Assert.Equal("Where is the key?", Assert.Single(model.Asked[1].Messages).Text);
    }

    static string ResultOf(FakeModel model) => model.Asked[1].Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single().Result!.ToString()!;
}
