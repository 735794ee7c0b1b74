using System.Globalization;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>Counts every answer under the pattern of its route, never under its path: nobody's input becomes a label.</summary>
sealed class RequestCount(RequestDelegate next, ServerMeter meter)
{
    static readonly string[] s_methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
    static readonly string[] s_statuses = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            meter.Answered(
                Array.Find(s_methods, method => method == context.Request.Method) ?? "other",
                RouteName.Of(context),
                s_statuses[Math.Clamp(context.Response.StatusCode, 0, s_statuses.Length - 1)]);
        }
    }
}
