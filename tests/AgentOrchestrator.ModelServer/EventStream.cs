using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

/// <summary>Server-sent events on one response.</summary>
sealed class EventStream(HttpResponse response)
{
    public void Start()
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
    }

    public Task WriteAsync(JsonObject data, CancellationToken cancel) => SendAsync($"data: {data.ToJsonString()}\n\n", cancel);

    public Task WriteAsync(string name, JsonObject data, CancellationToken cancel) =>
        SendAsync($"event: {name}\ndata: {data.ToJsonString()}\n\n", cancel);

    public async Task SendAsync(string frame, CancellationToken cancel)
    {
        await response.WriteAsync(frame, cancel);
        await response.Body.FlushAsync(cancel);
    }
}
