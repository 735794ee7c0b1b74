using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer.OpenAi;

/// <summary>An answer of <c>POST /v1/chat/completions</c> with <c>stream: true</c>.</summary>
sealed class OpenAiStream(HttpResponse response, Reply reply) : IReplyWriter
{
    readonly EventStream _events = new(response);
    int _calls;

    public Task StartAsync(CancellationToken cancel)
    {
        _events.Start();
        return DeltaAsync(new() { ["role"] = "assistant", ["content"] = "" }, null, cancel);
    }

    public Task TextAsync(string piece, CancellationToken cancel) => DeltaAsync(new() { ["content"] = piece }, null, cancel);

    public async Task CallAsync(ToolCall call, CancellationToken cancel)
    {
        var index = _calls++;
        var whole = OpenAiShapes.Call(reply, index, call);
        var arguments = whole["function"]!["arguments"]!.GetValue<string>();
        whole["index"] = index;
        whole["function"]!["arguments"] = "";
        await DeltaAsync(new() { ["tool_calls"] = new JsonArray(whole) }, null, cancel);

        // In two pieces, because real services cut arguments anywhere.
        var half = arguments.Length / 2;
        foreach (var piece in new[] { arguments[..half], arguments[half..] })
        {
            var part = new JsonObject { ["index"] = index, ["function"] = new JsonObject { ["arguments"] = piece } };
            await DeltaAsync(new() { ["tool_calls"] = new JsonArray(part) }, null, cancel);
        }
    }

    public async Task EndAsync(CancellationToken cancel)
    {
        await DeltaAsync([], OpenAiShapes.FinishReason(reply), cancel);
        var last = OpenAiShapes.Envelope(reply, "chat.completion.chunk", choices: []);
        last["usage"] = OpenAiShapes.Usage(reply.Usage);
        await _events.WriteAsync(last, cancel);
        await _events.SendAsync("data: [DONE]\n\n", cancel);
    }

    public Task FailAsync(int status, string message, CancellationToken cancel) =>
        OpenAiShapes.FailAsync(response, status, message, cancel);

    Task DeltaAsync(JsonObject delta, string? finishReason, CancellationToken cancel)
    {
        var choice = new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finishReason };
        return _events.WriteAsync(OpenAiShapes.Envelope(reply, "chat.completion.chunk", new JsonArray(choice)), cancel);
    }
}
