using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Coordinator.Access;

/// <param name="Hash">SHA-256 of the token, lower-case hex: the token itself is never stored.</param>
public sealed record StoredToken(
    string Org, string TokenId, string Name, string Hash, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Tokens of people, services and runners. Each verb is one transaction.</summary>
public interface ITokenStore
{
    Task AddAsync(StoredToken token, CancellationToken cancel);

    Task<StoredToken?> FindByHashAsync(string hash, CancellationToken cancel);

    Task<IReadOnlyList<StoredToken>> ListAsync(string org, CancellationToken cancel);

    Task<bool> RevokeAsync(string org, string tokenId, CancellationToken cancel);
}
