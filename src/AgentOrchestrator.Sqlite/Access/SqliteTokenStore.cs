using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Sqlite.Access;

sealed class SqliteTokenStore(SqliteDatabase database) : ITokenStore
{
    const string Columns = "org, token_id, name, hash, role, created_at, expires_at, revoked_at";

    public async Task AddAsync(StoredToken token, CancellationToken cancel) =>
        await database.WriteAsync(
            transaction =>
            {
                try
                {
                    return transaction.Db.Query($"INSERT INTO tokens ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                        .Bind(token.Org).Bind(token.TokenId).Bind(token.Name).Bind(token.Hash).BindWord(token.Role)
                        .Bind(token.CreatedAt).Bind(token.ExpiresAt).Bind(token.RevokedAt)
                        .Run();
                }
                catch (SqliteError taken) when (taken.IsConstraint)
                {
                    throw new ProductException(ErrorCode.Conflict, $"Token '{token.TokenId}' already exists; create another one", inner: taken);
                }
            },
            cancel).ConfigureAwait(false);

    public Task<StoredToken?> FindByHashAsync(string hash, CancellationToken cancel) =>
        database.ReadAsync(
            db => db.Query($"SELECT {Columns} FROM tokens WHERE hash = ?1").Bind(hash).First(Current),
            cancel);

    public Task<IReadOnlyList<StoredToken>> ListAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<StoredToken>)db.Query($"SELECT {Columns} FROM tokens WHERE org = ?1 ORDER BY created_at, token_id")
                .Bind(org).All(Current),
            cancel);

    public Task<bool> RevokeAsync(string org, string tokenId, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("UPDATE tokens SET revoked_at = ?1 WHERE org = ?2 AND token_id = ?3 AND revoked_at IS NULL")
                .Bind(transaction.Now).Bind(org).Bind(tokenId).Run() == 1,
            cancel);

    static StoredToken Current(Statement row) => new(
        row.Text(), row.Text(), row.Text(), row.Text(), row.Word<Role>(), row.Instant(), row.InstantOrNull(), row.InstantOrNull());
}
