using AgentOrchestrator.Coordinator.Documents;
using Microsoft.Net.Http.Headers;

namespace AgentOrchestrator.Server.Documents;

/// <summary>A document's content as a file: in ranges, with its tag, and never as a page of this server.</summary>
static class WholeContent
{
    // HTML and SVG that a browser shows all the same run nothing, and are of no origin.
    public const string NothingRuns = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <summary>Whether a browser may run something of it.</summary>
    public static bool IsActive(string contentType) => contentType.Contains("html", StringComparison.OrdinalIgnoreCase)
        || contentType.Contains("xml", StringComparison.OrdinalIgnoreCase) || contentType.Contains("script", StringComparison.OrdinalIgnoreCase);

    public static IResult Of(HttpContext http, Document document, Stream content)
    {
        http.Response.Headers.ContentSecurityPolicy = NothingRuns;
        http.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(
            content, document.ContentType, document.Filename.Split('/')[^1], document.UpdatedAt,
            new EntityTagHeaderValue(Preconditions.TagOf(document)), enableRangeProcessing: true);
    }
}
