using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.StoreTests.Access;

public abstract class TokenStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    StoredToken Token(string id) => new(Org, id, $"name of {id}", $"hash-{id}", Role.Operator, Time.GetUtcNow(), null, null);

    [Fact]
    public async Task A_token_is_found_by_its_hash()
    {
        var token = Token("tok_1") with { ExpiresAt = Time.GetUtcNow() + TimeSpan.FromDays(1), Role = Role.Approver };
        await Tokens.AddAsync(token, Cancel);

        Assert.Equal(token, await Tokens.FindByHashAsync("hash-tok_1", Cancel));
        Assert.Null(await Tokens.FindByHashAsync("hash-tok_2", Cancel));
    }

    [Fact]
    public async Task Tokens_are_listed_oldest_first_within_their_org()
    {
        var first = Token("tok_b");
        Time.Advance(TimeSpan.FromSeconds(1));
        var second = Token("tok_a");
        await Tokens.AddAsync(second, Cancel);
        await Tokens.AddAsync(first, Cancel);
        await Tokens.AddAsync(Token("tok_c") with { Org = "other" }, Cancel);

        Assert.Equal([first, second], await Tokens.ListAsync(Org, Cancel));
    }

    [Fact]
    public async Task A_revoked_token_keeps_the_instant_of_its_first_revocation()
    {
        await Tokens.AddAsync(Token("tok_1"), Cancel);
        var revokedAt = Time.GetUtcNow();

        Assert.True(await Tokens.RevokeAsync(Org, "tok_1", Cancel));
        Time.Advance(TimeSpan.FromHours(1));

        Assert.False(await Tokens.RevokeAsync(Org, "tok_1", Cancel));
        Assert.False(await Tokens.RevokeAsync("other", "tok_1", Cancel));
        Assert.False(await Tokens.RevokeAsync(Org, "tok_2", Cancel));
        Assert.Equal(revokedAt, (await Tokens.FindByHashAsync("hash-tok_1", Cancel))!.RevokedAt);
    }

    [Fact]
    public async Task An_id_that_is_taken_is_a_conflict()
    {
        await Tokens.AddAsync(Token("tok_1"), Cancel);

        await RefusedAsync(ErrorCode.Conflict, () => Tokens.AddAsync(Token("tok_1") with { Hash = "another" }, Cancel));
    }

    [Fact]
    public async Task Tokens_survive_a_restart()
    {
        await Tokens.AddAsync(Token("tok_1"), Cancel);

        await Fixture.RestartAsync();

        Assert.Equal(Token("tok_1"), await Tokens.FindByHashAsync("hash-tok_1", Cancel));
    }
}

public sealed class SqliteTokenStoreTests() : TokenStoreTests(new SqliteFixture());

public sealed class PostgresTokenStoreTests() : TokenStoreTests(new PostgresFixture());
