namespace AgentOrchestrator.Server.Http;

/// <summary>What every answer tells a browser: guess no types, show nothing in frames, run nothing, say nothing to other sites.</summary>
sealed class SafeHeaders(RequestDelegate next, ServerOptions options)
{
    public const string AuthenticationOff = "X-Agent-Orchestrator-Auth";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        if (options.NoAuth)
        {
            headers[AuthenticationOff] = "off";
        }

        return next(context);
    }
}
