using System.Text;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.Anthropic;

/// <summary>An answer of <c>POST /v1/messages</c> as one JSON object.</summary>
sealed class AnthropicWhole(HttpResponse response, Reply reply) : IReplyWriter
{
    readonly StringBuilder _text = new();
    readonly List<ToolCall> _calls = [];

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task TextAsync(string piece, CancellationToken cancel)
    {
        _text.Append(piece);
        return Task.CompletedTask;
    }

    public Task CallAsync(ToolCall call, CancellationToken cancel)
    {
        _calls.Add(call);
        return Task.CompletedTask;
    }

    public Task EndAsync(CancellationToken cancel)
    {
        var content = new JsonArray();
        if (_text.Length > 0) { content.Add(AnthropicShapes.Text(_text.ToString())); }
        foreach (var call in _calls) { content.Add(AnthropicShapes.ToolUse(reply, content.Count, call)); }
        return response.WriteJsonAsync(AnthropicShapes.Message(reply, content, AnthropicShapes.StopReason(reply)), cancel);
    }

    public Task FailAsync(int status, string message, CancellationToken cancel) =>
        AnthropicShapes.FailAsync(response, status, message, cancel);
}
