using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.OpenAi;

static class OpenAiShapes
{
    public static JsonObject Envelope(Reply reply, string kind, JsonArray choices) => new()
    {
        ["id"] = $"chatcmpl-{reply.Id}",
        ["object"] = kind,
        ["created"] = 1_700_000_000,
        ["model"] = reply.Model,
        ["choices"] = choices,
    };

    public static JsonObject Call(Reply reply, int index, ToolCall call) => new()
    {
        ["id"] = $"call_{reply.Id}_{index}",
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Input.ToJsonString() },
    };

    public static JsonObject Usage(Usage usage) => new()
    {
        ["prompt_tokens"] = usage.Input,
        ["completion_tokens"] = usage.Output,
        ["total_tokens"] = usage.Input + usage.Output,
    };

    public static string FinishReason(Reply reply) => reply.Turn.Calls.Count > 0 ? "tool_calls" : "stop";

    public static Task FailAsync(HttpResponse response, int status, string message, CancellationToken cancel)
    {
        response.StatusCode = status;
        if (status == StatusCodes.Status429TooManyRequests) { response.Headers.RetryAfter = "7"; }
        var error = new JsonObject
        {
            ["message"] = message,
            ["type"] = status is 400 or 404 ? "invalid_request_error" : "server_error",
            ["param"] = null,
            ["code"] = status == 401 ? "invalid_api_key" : null,
        };
        return response.WriteJsonAsync(new() { ["error"] = error }, cancel);
    }
}
