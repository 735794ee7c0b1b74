using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

static class JsonResponse
{
    public static Task WriteJsonAsync(this HttpResponse response, JsonObject body, CancellationToken cancel)
    {
        response.ContentType = "application/json";
        return response.WriteAsync(body.ToJsonString(), cancel);
    }
}
