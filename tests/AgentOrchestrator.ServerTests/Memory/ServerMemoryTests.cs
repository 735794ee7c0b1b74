using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Samples;

namespace AgentOrchestrator.ServerTests.Memory;

/// <summary>A program with the library, whose agents remember on a server.</summary>
public sealed class ServerMemoryTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_of_a_program_remembers_on_the_server_for_its_user_alone()
    {
        await using var server = await TestServer.StartAsync();
        using var client = ClientOf(server);
        foreach (var user in (string[])["ann", "ben"])
        {
            var orchestrator = new Orchestrator();
            orchestrator.CreateAgent("helper", ChatModels.Scripted(), longTermMemory: new ServerMemory(client, "helper", user));
            await orchestrator.RunAsync($"The whale of {user}", cancellationToken: Cancel);
        }

        var found = await new ServerMemory(client, "helper", "ann").SearchAsync("whale", cancellationToken: Cancel);

        var hit = Assert.Single(found);
        Assert.Equal("User: The whale of ann\nAssistant: You said: The whale of ann", hit.Text);
        Assert.Equal(("long_term", "conversation"), (hit.Source, hit.Metadata["type"]));
    }

    [Fact]
    public async Task It_is_written_searched_and_cleared_as_any_other()
    {
        await using var server = await TestServer.StartAsync();
        using var client = ClientOf(server);
        ServerMemory ofHelper = new(client, "Helper"), ofBoth = new(client, "Helper", "ann");
        var id = await ofHelper.StoreAsync("blue", new Dictionary<string, string> { ["kind"] = "fact" }, cancellationToken: Cancel);
        await ofBoth.StoreAsync("red", cancellationToken: Cancel);

        Assert.True(await ofHelper.UpdateAsync(id, "green", cancellationToken: Cancel));
        Assert.Equal("fact", Assert.Single(await ofHelper.SearchAsync("green", filter: new Dictionary<string, string> { ["kind"] = "fact" }, cancellationToken: Cancel)).Metadata["kind"]);
        Assert.Empty(await ofHelper.SearchAsync("green", collection: "notes", cancellationToken: Cancel));
        await ofHelper.ClearAsync(cancellationToken: Cancel);

        Assert.Empty(await ofHelper.SearchAsync("green", cancellationToken: Cancel));
        Assert.Single(await ofBoth.SearchAsync("red", cancellationToken: Cancel));
        Assert.False(await ofHelper.DeleteAsync(id, Cancel));
        Assert.False(await ofHelper.UpdateAsync(id, "x", cancellationToken: Cancel));
    }

    static OrchestratorClient ClientOf(TestServer server) => new(new ServerAddress(server.Url.ToString().TrimEnd('/'), null, TokenSource.None));
}
