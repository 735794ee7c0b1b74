using System.Text;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.OpenAi;

/// <summary>An answer of <c>POST /v1/chat/completions</c> as one JSON object.</summary>
sealed class OpenAiWhole(HttpResponse response, Reply reply) : IReplyWriter
{
    readonly StringBuilder _text = new();
    readonly JsonArray _calls = [];

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task TextAsync(string piece, CancellationToken cancel)
    {
        _text.Append(piece);
        return Task.CompletedTask;
    }

    public Task CallAsync(ToolCall call, CancellationToken cancel)
    {
        _calls.Add(OpenAiShapes.Call(reply, _calls.Count, call));
        return Task.CompletedTask;
    }

    public Task EndAsync(CancellationToken cancel)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = _text.ToString() };
        if (_calls.Count > 0) { message["tool_calls"] = _calls; }
        var choice = new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = OpenAiShapes.FinishReason(reply) };
        var body = OpenAiShapes.Envelope(reply, "chat.completion", new JsonArray(choice));
        body["usage"] = OpenAiShapes.Usage(reply.Usage);
        return response.WriteJsonAsync(body, cancel);
    }

    public Task FailAsync(int status, string message, CancellationToken cancel) =>
        OpenAiShapes.FailAsync(response, status, message, cancel);
}
