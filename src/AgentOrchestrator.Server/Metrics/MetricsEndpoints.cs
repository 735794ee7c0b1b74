using System.Text;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Metrics;

static class MetricsEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", Show).Require(Role.Viewer).WithTags("health").Produces<string>(contentType: "text/plain")
            .WithSummary("Counters and gauges of this server, as text for Prometheus.");

    static async Task Show(HttpContext http, StateMeter state, MetricsRegistry registry)
    {
        await state.RefreshAsync(http.RequestAborted);
        var text = Encoding.UTF8.GetBytes(PrometheusText.Write(registry.Read()));
        http.Response.ContentType = PrometheusText.MediaType;
        http.Response.ContentLength = text.Length;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.BodyWriter.WriteAsync(text, http.RequestAborted);
    }
}
