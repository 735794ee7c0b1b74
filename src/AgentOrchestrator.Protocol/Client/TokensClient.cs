using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client.Transport;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Tokens of people, services and runners.</summary>
public readonly struct TokensClient
{
    readonly Caller _caller;

    internal TokensClient(Caller caller) => _caller = caller;

    /// <summary>Makes a token. It is shown this once.</summary>
    public Task<TokenCreated> CreateAsync(CreateToken token, CancellationToken cancel = default) =>
        _caller.PostAsync("/tokens", token, ProtocolJson.Default.CreateToken, ProtocolJson.Default.TokenCreated, null, cancel);

    public Task<TokenList> ListAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/tokens", ProtocolJson.Default.TokenList, cancel);

    /// <summary>From now on the token opens nothing.</summary>
    public Task RevokeAsync(string tokenId, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("DELETE", $"/tokens/{PathSegment.Of(tokenId)}"), cancel);
}
