using AgentOrchestrator.Protocol;
using Microsoft.Net.Http.Headers;

namespace AgentOrchestrator.Server.Access;

/// <summary>Where a request shows its token: the <c>Authorization</c> header, or for a WebSocket the sub-protocol <c>bearer.TOKEN</c>.</summary>
static class BearerToken
{
    const string Scheme = "Bearer ";
    const string SubProtocolPrefix = "bearer.";

    static readonly string[] s_queryNames = ["api_key", "access_token", "token"];

    public static bool IsShown(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The token, taken out of the sub-protocols so that it is never chosen as one; null when there is none.</summary>
    /// <exception cref="ProductException">Unauthenticated for a token in the URL, or a header that is no bearer token.</exception>
    public static string? Take(HttpRequest request)
    {
        foreach (var name in s_queryNames)
        {
            if (request.Query.ContainsKey(name))
            {
                throw new ProductException(
                    ErrorCode.Unauthenticated,
                    $"a token in the URL ends up in logs and histories; leave out '{name}' and send the header Authorization: Bearer TOKEN",
                    "token_in_url");
            }
        }

        if (request.Headers.Authorization.Count > 0)
        {
            return IsShown(request)
                ? request.Headers.Authorization.ToString()[Scheme.Length..].Trim()
                : throw new ProductException(ErrorCode.Unauthenticated, "the Authorization header must be: Bearer TOKEN");
        }

        return TakeSubProtocol(request);
    }

    static string? TakeSubProtocol(HttpRequest request)
    {
        var offered = request.Headers.GetCommaSeparatedValues(HeaderNames.SecWebSocketProtocol);
        if (Array.Find(offered, IsToken) is not { } shown)
        {
            return null;
        }

        var others = offered.Where(protocol => !IsToken(protocol)).ToArray();
        request.Headers.Remove(HeaderNames.SecWebSocketProtocol);
        if (others.Length > 0)
        {
            request.Headers.SecWebSocketProtocol = string.Join(", ", others);
        }

        return shown[SubProtocolPrefix.Length..];

        static bool IsToken(string protocol) => protocol.StartsWith(SubProtocolPrefix, StringComparison.Ordinal);
    }
}
