using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.Anthropic;

/// <summary>An answer of <c>POST /v1/messages</c> with <c>stream: true</c>.</summary>
sealed class AnthropicStream(HttpResponse response, Reply reply) : IReplyWriter
{
    readonly EventStream _events = new(response);
    int _blocks;
    bool _inText;

    public Task StartAsync(CancellationToken cancel)
    {
        _events.Start();
        var message = AnthropicShapes.Message(reply, content: [], stopReason: null);
        message["usage"]!["output_tokens"] = 1;
        return SendAsync("message_start", new() { ["message"] = message }, cancel);
    }

    public async Task TextAsync(string piece, CancellationToken cancel)
    {
        if (!_inText)
        {
            _inText = true;
            await StartBlockAsync(AnthropicShapes.Text(""), cancel);
        }

        await DeltaAsync(new() { ["type"] = "text_delta", ["text"] = piece }, cancel);
    }

    public async Task CallAsync(ToolCall call, CancellationToken cancel)
    {
        await EndTextAsync(cancel);
        await StartBlockAsync(AnthropicShapes.ToolUse(reply, _blocks, call with { Input = [] }), cancel);
        await DeltaAsync(new() { ["type"] = "input_json_delta", ["partial_json"] = call.Input.ToJsonString() }, cancel);
        await EndBlockAsync(cancel);
    }

    public async Task EndAsync(CancellationToken cancel)
    {
        await EndTextAsync(cancel);
        var delta = new JsonObject { ["stop_reason"] = AnthropicShapes.StopReason(reply), ["stop_sequence"] = null };
        await SendAsync("message_delta", new() { ["delta"] = delta, ["usage"] = AnthropicShapes.Usage(reply.Usage) }, cancel);
        await SendAsync("message_stop", [], cancel);
    }

    public Task FailAsync(int status, string message, CancellationToken cancel) =>
        AnthropicShapes.FailAsync(response, status, message, cancel);

    async Task EndTextAsync(CancellationToken cancel)
    {
        if (!_inText) { return; }

        _inText = false;
        await EndBlockAsync(cancel);
    }

    Task StartBlockAsync(JsonObject block, CancellationToken cancel) =>
        SendAsync("content_block_start", new() { ["index"] = _blocks, ["content_block"] = block }, cancel);

    Task DeltaAsync(JsonObject delta, CancellationToken cancel) =>
        SendAsync("content_block_delta", new() { ["index"] = _blocks, ["delta"] = delta }, cancel);

    Task EndBlockAsync(CancellationToken cancel) => SendAsync("content_block_stop", new() { ["index"] = _blocks++ }, cancel);

    Task SendAsync(string type, JsonObject data, CancellationToken cancel)
    {
        data.Insert(0, "type", type);
        return _events.WriteAsync(type, data, cancel);
    }
}
