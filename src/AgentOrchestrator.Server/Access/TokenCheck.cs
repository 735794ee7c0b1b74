using System.Collections.Concurrent;
using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Runners;

namespace AgentOrchestrator.Server.Access;

/// <summary>Says whose a token is.</summary>
/// <remarks>
/// Stored tokens are remembered for 5 seconds, the longest that a revocation on another node takes to hold here. Tokens of runs are
/// asked for each time: they die with the lease.
/// </remarks>
sealed class TokenCheck(ITokenStore tokens, IRunStore runs, EmbeddedRunnerToken embedded, TimeProvider time)
{
    const int MaxRemembered = 1_000;

    static readonly TimeSpan s_memory = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <returns>Null for a token that opens nothing: unknown, expired, revoked, of a run whose lease ended.</returns>
    public ValueTask<Principal?> IdentifyAsync(string token, CancellationToken cancel) => IdentifyAsync(token, isMemoryEnough: true, cancel);

    /// <summary>As it stands in the store at this moment.</summary>
    public ValueTask<Principal?> FindAsync(string token, CancellationToken cancel) => IdentifyAsync(token, isMemoryEnough: false, cancel);

    /// <summary>After a revocation.</summary>
    public void Forget() => _remembered.Clear();

    async ValueTask<Principal?> IdentifyAsync(string token, bool isMemoryEnough, CancellationToken cancel)
    {
        if (token.Length is 0 or > AccessToken.MaxLength)
        {
            return null;
        }

        var hash = AccessToken.Hash(token);
        if (token.StartsWith(RunToken.Prefix, StringComparison.Ordinal))
        {
            var run = await runs.FindByTokenAsync(hash, cancel);
            return run is null ? null : new Principal(run.Org, Role.Agent, run.RunId, run.SessionId, run.RunId);
        }

        if (embedded.Recognize(hash) is { } runner)
        {
            return runner;
        }

        if (isMemoryEnough && _remembered.TryGetValue(hash, out var known) && time.GetElapsedTime(known.Since) < s_memory)
        {
            return IsOver(known.ExpiresAt) ? null : known.Principal;
        }

        return await FindStoredAsync(hash, cancel);
    }

    async ValueTask<Principal?> FindStoredAsync(string hash, CancellationToken cancel)
    {
        var stored = await tokens.FindByHashAsync(hash, cancel);
        if (stored is null || stored.RevokedAt is not null || IsOver(stored.ExpiresAt) || !AccessToken.AreEqual(hash, stored.Hash))
        {
            _remembered.TryRemove(hash, out _);
            return null;
        }

        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        var principal = new Principal(stored.Org, stored.Role, stored.TokenId);
        _remembered[hash] = new Remembered(principal, stored.ExpiresAt, time.GetTimestamp());
        return principal;
    }

    bool IsOver(DateTimeOffset? expiresAt) => expiresAt <= time.GetUtcNow();

    sealed record Remembered(Principal Principal, DateTimeOffset? ExpiresAt, long Since);
}
