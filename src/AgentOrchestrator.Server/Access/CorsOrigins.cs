using System.Collections.Frozen;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Access;

/// <summary>Which web pages of other origins may call: <c>CORS_ORIGINS</c>.</summary>
/// <param name="Listed">Null for <c>*</c>: any origin, but only for requests that show a bearer token of their own.</param>
/// <param name="IsExplicit">False for the default.</param>
sealed record CorsOrigins(FrozenSet<string>? Listed, bool IsExplicit)
{
    public static CorsOrigins ByDefault { get; } = new(null, IsExplicit: false);

    public bool IsAny => Listed is null;

    /// <exception cref="ProductException">Invalid for what is no list of origins.</exception>
    public static CorsOrigins Parse(string? text)
    {
        if (text is null)
        {
            return ByDefault;
        }

        var origins = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return origins is ["*"]
            ? ByDefault with { IsExplicit = true }
            : new CorsOrigins(origins.Select(Require).ToFrozenSet(StringComparer.Ordinal), IsExplicit: true);
    }

    public bool Lists(string origin) => Listed is not null && Listed.Contains(origin);

    /// <summary>An origin as browsers write it: scheme, host in lower case, port unless it is the scheme's own.</summary>
    static string Require(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https" && uri.PathAndQuery is "/" && uri.UserInfo is "" && uri.Fragment is ""
            ? uri.GetLeftPart(UriPartial.Authority)
            : throw new ProductException(
                ErrorCode.Invalid, $"CORS_ORIGINS has '{origin}' but must be * or a list such as http://localhost:3000,https://app.example.org");
}
