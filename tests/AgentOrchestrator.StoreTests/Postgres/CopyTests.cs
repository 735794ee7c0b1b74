using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Postgres;

public sealed class CopyTests() : StoreTest(new PostgresFixture())
{
    [Fact]
    public async Task A_copy_is_left_to_the_tool_of_the_database()
    {
        var refusal = await Assert.ThrowsAsync<ProductException>(() => Fixture.Stores.Archives.CopyAsync("/nowhere", CancellationToken.None));

        Assert.Equal(ErrorCode.NotPossible, refusal.Code);
        Assert.Contains("pg_dump", refusal.Message, StringComparison.Ordinal);
    }
}
