using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class PersistentOrchestratorTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    string StateFile => Path.Combine(_folder.FullName, "state.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Agents_come_back_with_model_tools_purpose_and_what_was_said()
    {
        var before = new PersistentOrchestrator(StateFile);
        before.CreateAgent("a", ChatModels.Scripted(), new BufferMemory { MaxTokens = 500 }, [new CalculatorTool()], "Be brief.");
        before.CreateAgent("b", ChatModels.Scripted(), setAsDefault: true);
        before.CreateAgent("c", ChatModels.Scripted());
        before.DeleteAgent("c");
        await before.RunAsync("hello", "a", cancellationToken: TestContext.Current.CancellationToken);

        var after = new PersistentOrchestrator(StateFile, new PersistenceOptions { Tools = [new CalculatorTool()] });

        Assert.Equal(before.ListAgents(), after.ListAgents());
        var agent = after.GetAgent("a");
        Assert.Equal(("Be brief.", "calculator", 500), (agent.SystemMessage, agent.Tools.Single().Name, agent.BufferMemory!.MaxTokens));
        Assert.Equal("user: hello\nassistant: You said: hello", agent.BufferMemory.GetFormattedMessages());
        Assert.Equal("scripted", agent.Model.GetService<ChatClientMetadata>()!.ProviderName);
        Assert.Null(after.GetAgent("b").BufferMemory);
    }

    [Fact]
    public void A_file_with_names_and_default_alone_is_read()
    {
        File.WriteAllText(StateFile, """{"agents": ["research_agent", "coding_agent"], "default_agent": "coding_agent"}""");

        var orchestrator = new PersistentOrchestrator(StateFile, new PersistenceOptions { Model = _ => ChatModels.Scripted() });

        Assert.Equal([("research_agent", false), ("coding_agent", true)], orchestrator.ListAgents().Select(agent => (agent.Id, agent.IsDefault)));
    }

    [Fact]
    public async Task An_agent_whose_tool_is_gone_keeps_its_name_and_refuses_to_run_until_it_has_one()
    {
        var before = new PersistentOrchestrator(StateFile);
        before.CreateAgent("a", ChatModels.Scripted(), tools: [new CalculatorTool()]);
        before.CreateAgent("b", ChatModels.Scripted());

        new PersistentOrchestrator(StateFile).SetDefaultAgent("b");
        var after = new PersistentOrchestrator(StateFile);

        Assert.Equal(["calculator"], after.GetAgent("a").MissingTools);
        var refusal = await Assert.ThrowsAsync<OrchestratorException>(() => after.RunAsync("hello", "a", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(OrchestratorError.MissingTool, refusal.Error);
        Assert.Contains("calculator", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("You said: hello", $"{await after.RunAsync("hello", "b", cancellationToken: TestContext.Current.CancellationToken)}");
        after.GetAgent("a").AddTool(new CalculatorTool());
        Assert.Equal("You said: hello", $"{await after.RunAsync("hello", "a", cancellationToken: TestContext.Current.CancellationToken)}");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"version": 99}""")]
    public void A_file_that_is_no_state_is_told(string state)
    {
        File.WriteAllText(StateFile, state);

        Assert.Equal(OrchestratorError.InvalidState, Assert.Throws<OrchestratorException>(() => new PersistentOrchestrator(StateFile)).Error);
    }
}
