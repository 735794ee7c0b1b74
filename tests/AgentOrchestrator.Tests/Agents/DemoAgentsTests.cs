using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Models.Scripted;
using AgentOrchestrator.Protocol.Agents;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class DemoAgentsTests : IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;
    const string Prompt = "hello";

    static readonly string[] s_names = ["assistant", "coder", "concierge", "editor-in-chief", "hello", "researcher", "storyteller", "writer"];

    readonly TemporaryFolder _temporary = new();
    readonly AgentRows _rows = new();

    public static TheoryData<string> Scripted => ["assistant", "editor-in-chief", "hello", "researcher", "storyteller", "writer"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_first_start_writes_them_into_the_folder()
    {
        using var catalog = await OpenAsync();

        var agents = await catalog.ListAsync(Org, ["demo"], Cancel);

        Assert.Equal(s_names, agents.Select(agent => agent.Name));
        Assert.All(agents, agent => Assert.Equal(("running", null, 1L), (agent.State, agent.Error, agent.Revision)));
        Assert.StartsWith("You work in the project folder", agents.Single(agent => agent.Name == "coder").SystemPrompt, StringComparison.Ordinal);
        Assert.True(File.Exists(_temporary.In("agents", "hello", "agent.json")));
    }

    [Fact]
    public async Task They_are_never_written_over_or_brought_back()
    {
        using (var first = await OpenAsync())
        {
            foreach (var name in s_names.Except(["hello"])) { await first.DeleteAsync(Org, name, Cancel); }
            await first.PatchAsync(Org, "hello", new WriteAgent { Description = "mine" }, Cancel);
        }

        using (var second = await OpenAsync())
        {
            Assert.Equal("mine", Assert.Single(await second.ListAsync(Org, [], Cancel)).Description);
            await second.DeleteAsync(Org, "hello", Cancel);
        }

        using var third = await OpenAsync();
        Assert.Empty(await third.ListAsync(Org, [], Cancel));
    }

    [Fact]
    public async Task A_folder_with_agents_gets_none()
    {
        _temporary.Write("{", "agents", "own", "agent.json");

        using var catalog = await OpenAsync();

        Assert.Equal(["own"], (await catalog.ListAsync(Org, [], Cancel)).Select(agent => agent.Name));
    }

    [Fact]
    public async Task They_can_be_switched_off_and_also_live_without_a_folder()
    {
        using var off = new AgentCatalog(_rows, _temporary.In("agents"), new CoordinatorOptions { HasDemoAgents = false }, TimeProvider.System);
        await off.OpenAsync(Cancel);
        Assert.Empty(await off.ListAsync(Org, [], Cancel));

        using var rows = new AgentCatalog(_rows, folder: null, new CoordinatorOptions(), TimeProvider.System);
        await rows.OpenAsync(Cancel);
        Assert.Equal(s_names, (await rows.ListAsync(Org, [], Cancel)).Select(agent => agent.Name));
    }

    [Theory]
    [MemberData(nameof(Scripted))]
    public async Task Every_script_can_be_read_and_answers(string name)
    {
        var demo = DemoAgents.Read().Single(agent => agent.Name == name);

        var script = ChatScript.Parse(demo.Script!.Value);

        Assert.Equal(("chat", "scripted"), (demo.Executor, demo.Provider));
        using var client = new ScriptedChatClient(script with { Pace = TimeSpan.Zero }, TimeProvider.System);
        Assert.NotEmpty((await client.GetResponseAsync([new ChatMessage(ChatRole.User, Prompt)], cancellationToken: Cancel)).Text);
        Assert.InRange(script.Pace, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task The_parent_waits_for_both_results_and_quotes_them()
    {
        var demo = DemoAgents.Read().Single(agent => agent.Name == "editor-in-chief");
        using var client = new ScriptedChatClient(ChatScript.Parse(demo.Script!.Value) with { Pace = TimeSpan.Zero }, TimeProvider.System);
        const string Notes = "The child agent session \"ses_1\" has completed.\n\n## Child Result\n\nResearch notes\n\n…";
        const string Draft = "The child agent session \"ses_2\" has completed.\n\n## Child Result\n\nFirst draft\n\n…";

        Assert.StartsWith("I ask", await Answer(Prompt), StringComparison.Ordinal);
        Assert.StartsWith("The first result is in", await Answer(Prompt, Draft), StringComparison.Ordinal);
        var summary = await Answer(Prompt, Draft, Notes);
        Assert.StartsWith("Summary", summary, StringComparison.Ordinal);
        Assert.Contains(Notes, summary);
        Assert.Contains(Draft, summary);
        Assert.StartsWith("One of my colleagues", await Answer(Prompt, Notes.Replace("completed", "failed", StringComparison.Ordinal).Replace("Research notes", "no", StringComparison.Ordinal)), StringComparison.Ordinal);

        async Task<string> Answer(params string[] texts) =>
            (await client.GetResponseAsync(texts.Select(text => new ChatMessage(ChatRole.User, text)), cancellationToken: Cancel)).Text;
    }

    async Task<AgentCatalog> OpenAsync()
    {
        var catalog = new AgentCatalog(_rows, _temporary.In("agents"), new CoordinatorOptions(), TimeProvider.System);
        await catalog.OpenAsync(Cancel);
        return catalog;
    }
}
