using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Postgres;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Postgres;

public sealed class AddressTests
{
    [Theory]
    [InlineData("")]
    [InlineData("postgresql://")]
    [InlineData("postgresql://user:s3cret@:/db")]
    [InlineData("Host=;Password=s3cret")]
    [InlineData("Host=h;Password=s3cret;Nonsense=1")]
    [InlineData("postgresql://user:s3cret@host/db?nonsense=1")]
    [InlineData("postgresql://user:s3cret@host/db?sslmode=sometimes")]
    public void What_cannot_be_read_is_refused_without_repeating_it(string address)
    {
        var refusal = Assert.Throws<ProductException>(() => Open(address));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql://user:password@host:5432/database", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://user:s3cret@127.0.0.1:1/db?connect_timeout=2")]
    [InlineData("postgres://user:p%40ss@127.0.0.1:1")]
    [InlineData("Host=127.0.0.1;Port=1;Username=user;Password=s3cret")]
    public async Task A_database_that_cannot_be_reached_is_said_plainly(string address)
    {
        var stores = Open(address);

        var refusal = await Assert.ThrowsAsync<ProductException>(() => stores.Database.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(await stores.Database.FindTroubleAsync(TestContext.Current.CancellationToken));
        await stores.Database.DisposeAsync();
    }

    [Fact]
    public async Task A_url_reaches_the_same_database_as_its_connection_string()
    {
        var known = new Npgsql.NpgsqlConnectionStringBuilder(TestPostgres.Require());
        var url = $"postgresql://{known.Username}:{Uri.EscapeDataString(known.Password!)}@{known.Host}:{known.Port}/{known.Database}"
            + "?application_name=by%20url";
        var stores = Open(url);

        Assert.Null(await stores.Database.FindTroubleAsync(TestContext.Current.CancellationToken));
        await stores.Database.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_acknowledges_before_the_disk_is_refused()
    {
        var known = new Npgsql.NpgsqlConnectionStringBuilder(TestPostgres.Require()) { Options = "-c synchronous_commit=off" };
        var stores = Open(known.ConnectionString);

        var refusal = await Assert.ThrowsAsync<ProductException>(() => stores.Database.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Contains("synchronous_commit", refusal.Message, StringComparison.Ordinal);
        await stores.Database.DisposeAsync();
    }

    static Stores Open(string address) => PostgresStores.Open(address, new RecordingSink(), new CoordinatorOptions(), TimeProvider.System);
}
