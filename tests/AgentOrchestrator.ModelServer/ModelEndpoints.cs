using System.Globalization;
using System.Text.Json.Nodes;
using AgentOrchestrator.ModelServer.Anthropic;
using AgentOrchestrator.ModelServer.OpenAi;

namespace AgentOrchestrator.ModelServer;

/// <summary>The routes that clients of Anthropic, OpenAI and Ollama call.</summary>
sealed class ModelEndpoints(RequestLog log, Hold hold)
{
    const string ModelName = "scripted";
    int _replies;

    public void Map(WebApplication app)
    {
        app.MapMethods("/", ["HEAD", "GET"], async http => await log.AddAsync(http.Request));
        app.MapPost("/v1/messages", http => AnswerAsync(http, AnthropicShapes.FailAsync, (reply, streamed) =>
            streamed ? new AnthropicStream(http.Response, reply) : new AnthropicWhole(http.Response, reply)));
        app.MapPost("/v1/messages/count_tokens", CountTokensAsync);
        app.MapPost("/v1/chat/completions", http => AnswerAsync(http, OpenAiShapes.FailAsync, (reply, streamed) =>
            streamed ? new OpenAiStream(http.Response, reply) : new OpenAiWhole(http.Response, reply)));
        app.MapGet("/v1/models", http => ListAsync(http, "data", new()
        {
            ["id"] = ModelName,
            ["object"] = "model",
            ["type"] = "model",
            ["display_name"] = ModelName,
            ["created"] = 1_700_000_000,
            ["owned_by"] = "tests",
        }));
        app.MapGet("/api/tags", http => ListAsync(http, "models", new() { ["name"] = ModelName, ["model"] = ModelName, ["size"] = 1 }));
    }

    async Task AnswerAsync(
        HttpContext http,
        Func<HttpResponse, int, string, CancellationToken, Task> failAsync,
        Func<Reply, bool, IReplyWriter> writer)
    {
        var body = (await log.AddAsync(http.Request)).Body;
        if (body is null)
        {
            await failAsync(http.Response, 400, "The body is not a JSON object.", http.RequestAborted);
            return;
        }

        Reply reply;
        try
        {
            reply = ReplyTo(body);
        }
        catch (Exception mistake) when (mistake is FormatException or System.Text.Json.JsonException)
        {
            await failAsync(http.Response, 400, $"The script in the prompt is wrong: {mistake.Message}", http.RequestAborted);
            return;
        }

        var streamed = body["stream"]?.GetValue<bool>() ?? false;
        try
        {
            await reply.PlayAsync(writer(reply, streamed), http, hold);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
    }

    Reply ReplyTo(JsonObject body)
    {
        var conversation = Conversation.Read(body);
        var script = Script.Parse(conversation.UserText);
        var turn = conversation.Next(script);
        var usage = script.Usage ?? new Usage(InputTokens(body), Math.Max(1, turn.Text.Length / 4));
        var id = Interlocked.Increment(ref _replies).ToString("x8", CultureInfo.InvariantCulture);
        return new Reply(turn, script.Pace, usage, body["model"]?.GetValue<string>() ?? ModelName, id);
    }

    async Task CountTokensAsync(HttpContext http)
    {
        var body = (await log.AddAsync(http.Request)).Body ?? [];
        await http.Response.WriteJsonAsync(new() { ["input_tokens"] = InputTokens(body) }, http.RequestAborted);
    }

    async Task ListAsync(HttpContext http, string name, JsonObject model)
    {
        await log.AddAsync(http.Request);
        await http.Response.WriteJsonAsync(new() { ["object"] = "list", [name] = new JsonArray(model) }, http.RequestAborted);
    }

    // A rough count is enough: tests that look at tokens say them with [[usage:…]].
    static int InputTokens(JsonObject body) => Math.Max(1, (body["messages"]?.ToJsonString().Length ?? 0) / 4);
}
