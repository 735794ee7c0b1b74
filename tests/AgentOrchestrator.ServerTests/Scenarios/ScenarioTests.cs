using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.ServerTests.Scenarios;

/// <summary>The wire contract, played against the real server: every <c>.http</c> file beside these tests is one.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Names => [.. Scenario.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_answers_as_the_contract_says(string name)
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = new CoordinatorOptions { PollTimeout = TimeSpan.FromMilliseconds(200) },
        });

        await Scenario.PlayAsync(name, server.Client, TestContext.Current.CancellationToken);
    }
}
