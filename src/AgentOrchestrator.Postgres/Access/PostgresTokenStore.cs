using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using Npgsql;

namespace AgentOrchestrator.Postgres.Access;

sealed class PostgresTokenStore(PostgresDatabase database) : ITokenStore
{
    const string Columns = "org, token_id, name, hash, role, created_at, expires_at, revoked_at";

    public async Task AddAsync(StoredToken token, CancellationToken cancel)
    {
        var isAdded = await database.WriteAsync(
            tx => tx.ExecuteAsync(new Statement(
                $"""
                INSERT INTO tokens ({Columns})
                VALUES (@org, @id, @name, @hash, @role, @created, @expires, @revoked)
                ON CONFLICT DO NOTHING
                """)
                .Text("org", token.Org).Text("id", token.TokenId).Text("name", token.Name).Text("hash", token.Hash)
                .Text("role", WireEnum<Role>.Text(token.Role)).Time("created", token.CreatedAt)
                .Time("expires", token.ExpiresAt).Time("revoked", token.RevokedAt)),
            cancel).ConfigureAwait(false) == 1;
        if (!isAdded)
        {
            throw new ProductException(ErrorCode.Conflict, "A token of that id exists already; make another");
        }
    }

    public Task<StoredToken?> FindByHashAsync(string hash, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(new Statement($"SELECT {Columns} FROM tokens WHERE hash = @hash").Text("hash", hash), Read)!, cancel);

    public async Task<IReadOnlyList<StoredToken>> ListAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {Columns} FROM tokens WHERE org = @org ORDER BY created_at, token_id").Text("org", org), Read),
        cancel).ConfigureAwait(false);

    public async Task<bool> RevokeAsync(string org, string tokenId, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            """
            UPDATE tokens SET revoked_at = COALESCE(@now, clock_timestamp())
            WHERE org = @org AND token_id = @id AND revoked_at IS NULL
            """)
            .Text("org", org).Text("id", tokenId).Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false) == 1;

    static StoredToken Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new StoredToken(
            row.Text(), row.Text(), row.Text(), row.Text(), WireEnum<Role>.Parse(row.Text(), "role"),
            row.Time(), row.TimeOrNull(), row.TimeOrNull());
    }
}
