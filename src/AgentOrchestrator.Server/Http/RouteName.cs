namespace AgentOrchestrator.Server.Http;

/// <summary>The pattern of the route that serves a request: what metrics and the audit name in place of the path.</summary>
static class RouteName
{
    public const string None = "none";

    public static string Of(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText switch
    {
        null => None,
        { Length: > 1 } pattern when pattern.EndsWith('/') => pattern[..^1],
        var pattern => pattern,
    };
}
