using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.Anthropic;

static class AnthropicShapes
{
    public static JsonObject Message(Reply reply, JsonArray content, string? stopReason) => new()
    {
        ["id"] = $"msg_{reply.Id}",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = reply.Model,
        ["content"] = content,
        ["stop_reason"] = stopReason,
        ["stop_sequence"] = null,
        ["usage"] = Usage(reply.Usage),
    };

    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    public static JsonObject ToolUse(Reply reply, int index, ToolCall call) => new()
    {
        ["type"] = "tool_use",
        ["id"] = $"toolu_{reply.Id}_{index}",
        ["name"] = call.Name,
        ["input"] = call.Input.DeepClone(),
    };

    public static JsonObject Usage(Usage usage) => new()
    {
        ["input_tokens"] = usage.Input,
        ["cache_creation_input_tokens"] = 0,
        ["cache_read_input_tokens"] = 0,
        ["output_tokens"] = usage.Output,
    };

    public static string StopReason(Reply reply) => reply.Turn.Calls.Count > 0 ? "tool_use" : "end_turn";

    public static Task FailAsync(HttpResponse response, int status, string message, CancellationToken cancel)
    {
        response.StatusCode = status;
        if (status == StatusCodes.Status429TooManyRequests) { response.Headers.RetryAfter = "7"; }
        var error = new JsonObject { ["type"] = ErrorType(status), ["message"] = message };
        return response.WriteJsonAsync(new() { ["type"] = "error", ["error"] = error }, cancel);
    }

    static string ErrorType(int status) => status switch
    {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
}
