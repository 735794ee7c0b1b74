using AgentOrchestrator.Coordinator;
using AgentOrchestrator.StoreTests;

namespace AgentOrchestrator.ServerTests.Scenarios;

/// <summary>The wire contract, played against the real server on each database: every <c>.http</c> file beside these tests is one.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Names => [.. Scenario.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public Task The_server_answers_as_the_contract_says(string name) => PlayAsync(name, database: null);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_answers_so_on_PostgreSQL_too(string name)
    {
        await using var schema = await PostgresSchema.CreateAsync();
        await PlayAsync(name, schema.Address);
    }

    static async Task PlayAsync(string name, string? database)
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Database = database,
            Coordinator = new CoordinatorOptions { PollTimeout = TimeSpan.FromMilliseconds(200) },
        });

        await Scenario.PlayAsync(name, server.Client, TestContext.Current.CancellationToken);
    }
}
