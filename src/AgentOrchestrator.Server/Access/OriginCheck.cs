using AgentOrchestrator.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AgentOrchestrator.Server.Access;

/// <summary>
/// Keeps web pages of other origins out, WebSockets included, and answers preflights. Programs send no <c>Origin</c> and pass:
/// they have nothing but their token.
/// </summary>
sealed class OriginCheck(RequestDelegate next, ServerOptions options)
{
    const string FetchSite = "Sec-Fetch-Site";
    const string FetchMode = "Sec-Fetch-Mode";
    const string PreflightAnswer = "OK";
    const string PreflightSeconds = "600";
    const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    const string Readable = "ETag, Content-Disposition, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate, X-Next-Cursor, X-Total-Chars, X-Char-Range";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var origins = request.Headers.Origin;
        if (origins.Count is 0)
        {
            return IsFromElsewhere(request) ? throw Refuse() : next(context);
        }

        if (origins is not [{ Length: > 0 } origin])
        {
            throw Refuse();
        }

        if (IsOwn(origin, request))
        {
            return next(context);
        }

        var grant = Grant(origin, request) ?? throw Refuse();
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = grant;
        headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (IsPreflight(request))
        {
            return AnswerPreflightAsync(context);
        }

        headers.AccessControlExposeHeaders = Readable;
        return next(context);
    }

    /// <summary>What to write as the allowed origin; null = not allowed.</summary>
    string? Grant(string origin, HttpRequest request)
    {
        if (options.Cors.Lists(origin))
        {
            return origin;
        }

        // Only a token that the page itself has and shows is safe from any origin; without authentication there is none.
        var isAnyAllowed = options.Cors.IsAny && !options.NoAuth && !IsWebSocket(request);
        return isAnyAllowed && (IsPreflight(request) ? AsksForAuthorization(request) : BearerToken.IsShown(request)) ? "*" : null;
    }

    static bool IsOwn(string origin, HttpRequest request) =>
        origin.Equals($"http://{request.Headers.Host}", StringComparison.OrdinalIgnoreCase);

    /// <summary>Browsers leave <c>Origin</c> out of plain loads but say where they come from. A link to the front page is fine.</summary>
    static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers[FetchSite].ToString() is not ("" or "same-origin" or "none")
        && !(HttpMethods.IsGet(request.Method) && request.Path == "/" && request.Headers[FetchMode] == "navigate");

    static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0;

    static bool AsksForAuthorization(HttpRequest request) =>
        request.Headers.GetCommaSeparatedValues(HeaderNames.AccessControlRequestHeaders)
            .Contains(HeaderNames.Authorization, StringComparer.OrdinalIgnoreCase);

    static bool IsWebSocket(HttpRequest request) =>
        request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade).Contains("websocket", StringComparer.OrdinalIgnoreCase);

    static Task AnswerPreflightAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlMaxAge = PreflightSeconds;
        if (context.Request.Headers.AccessControlRequestHeaders is { Count: > 0 } asked)
        {
            headers.AccessControlAllowHeaders = asked;
        }

        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = PreflightAnswer.Length;
        return context.Response.WriteAsync(PreflightAnswer, context.RequestAborted);
    }

    static ProductException Refuse() => new(
        ErrorCode.Forbidden,
        "web pages of that origin may not call this server; list it in CORS_ORIGINS, or send Authorization: Bearer TOKEN where authentication is on",
        "origin_not_allowed");
}
