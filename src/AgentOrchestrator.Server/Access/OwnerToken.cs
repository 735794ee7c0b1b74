using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Server.Access;

/// <summary>The owner's token: made at the first start, left where programs of the same user find it, kept as a hash here.</summary>
sealed class OwnerToken(ServerOptions options, ITokenStore tokens, TimeProvider time)
{
    const string Name = "owner";

    readonly ServersFile _file = new(options.TokenFile);

    /// <summary>The token of an earlier start on the same address if it still opens this database, else a new one.</summary>
    /// <exception cref="ProductException">Malformed when the token file cannot be read.</exception>
    public async Task<string> PrepareAsync(CancellationToken cancel)
    {
        foreach (var listener in options.Listeners.Where(l => l.Port > 0))
        {
            if (_file.FindToken(UriOf(listener.Url)) is { Length: > 0 and <= AccessToken.MaxLength } kept && await AdoptAsync(kept, cancel))
            {
                return kept;
            }
        }

        var made = AccessToken.New();
        await AddAsync(AccessToken.Hash(made), cancel);
        return made;
    }

    /// <summary>Leaves it in the file for every address that is listened on.</summary>
    /// <exception cref="ProductException">Unavailable when the file cannot be written.</exception>
    public async Task PublishAsync(string token, IEnumerable<string> urls, CancellationToken cancel)
    {
        try
        {
            foreach (var url in urls)
            {
                await _file.SaveAsync(UriOf(url), token, cancel);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                $"{options.TokenFile} cannot be written ({error.Message}); set XDG_CONFIG_HOME to a folder of yours, or start with --no-auth", inner: error);
        }
    }

    /// <summary>A token in the user's own file opens a database that has never seen it; one that was revoked here stays revoked.</summary>
    async Task<bool> AdoptAsync(string token, CancellationToken cancel)
    {
        var hash = AccessToken.Hash(token);
        var stored = await tokens.FindByHashAsync(hash, cancel);
        if (stored is null)
        {
            await AddAsync(hash, cancel);
        }

        return stored is null or { RevokedAt: null, ExpiresAt: null, Role: Role.Owner };
    }

    Task AddAsync(string hash, CancellationToken cancel) => tokens.AddAsync(
        new StoredToken(
            CoordinatorOptions.DefaultOrg, Ids.New("tok_", 12), Name, hash, Role.Owner, time.GetUtcNow(), ExpiresAt: null, RevokedAt: null),
        cancel);

    /// <summary>A server on all addresses is found by programs of this machine on loopback.</summary>
    static Uri UriOf(string url) => new(url.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal));
}
