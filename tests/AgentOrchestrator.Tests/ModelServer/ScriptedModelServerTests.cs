using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.ModelServer;
using Xunit;

namespace AgentOrchestrator.Tests.ModelServer;

public sealed class ScriptedModelServerTests : IAsyncLifetime
{
    ScriptedModelServer _server = null!;
    HttpClient _http = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedModelServer.StartAsync(cancel: Cancel);
        _http = new HttpClient { BaseAddress = new Uri(_server.BaseUrl) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Anthropic_gets_the_tool_call_and_after_its_result_the_rest()
    {
        const string prompt = """[[tool:Bash {"command":"ls"}]][[say:done]]""";

        var first = await PostAsync("/v1/messages", $$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":{{Quote(prompt)}}}]}]}""");
        var second = await PostAsync("/v1/messages", $$"""
            {"model":"m","messages":[
              {"role":"user","content":[{"type":"text","text":{{Quote(prompt)}}},{"type":"text","text":"<system-reminder>[[say:no]]</system-reminder>"}]},
              {"role":"assistant","content":{{first["content"]}}},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"},{"type":"text","text":"<system-reminder>x</system-reminder>"}]}]}
            """);

        Assert.Equal("tool_use", first["stop_reason"]!.GetValue<string>());
        Assert.Equal("ls", first["content"]![0]!["input"]!["command"]!.GetValue<string>());
        Assert.Equal("done", second["content"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task OpenAi_streams_the_pieces_of_a_call_and_the_usage_last()
    {
        const string prompt = """[[usage:5,7]][[tool:add {"a":1}]]""";

        var text = await SendAsync("/v1/chat/completions", $$"""{"stream":true,"messages":[{"role":"user","content":{{Quote(prompt)}}}]}""");

        var chunks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(frame => frame["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", chunks[^1]);
        var parsed = chunks[..^1].Select(chunk => JsonNode.Parse(chunk)!).ToList();
        var arguments = parsed.Select(chunk => chunk["choices"]!.AsArray().FirstOrDefault()?["delta"]!["tool_calls"]?[0]!["function"]!["arguments"]);
        Assert.Equal("""{"a":1}""", string.Concat(arguments));
        Assert.Equal(12, parsed[^1]["usage"]!["total_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_scripted_failure_has_the_shape_of_its_api()
    {
        using var response = await _http.PostAsync("/v1/messages", Json("""{"messages":[{"role":"user","content":"[[fail:529 too busy]]"}]}"""), Cancel);

        Assert.Equal((HttpStatusCode)529, response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["error"]!;
        Assert.Equal("overloaded_error", error["type"]!.GetValue<string>());
        Assert.Equal("too busy", error["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_hanging_answer_goes_on_when_released()
    {
        var answer = PostAsync("/v1/messages", """{"messages":[{"role":"user","content":"[[say:kept]][[hang]]"}]}""");
        await _server.WaitForHangAsync(Cancel);
        Assert.False(answer.IsCompleted);

        _server.Release();

        Assert.Equal("kept", (await answer)["content"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_list_of_models_is_what_Ollama_and_OpenAi_clients_expect()
    {
        var ollama = await _http.GetFromJsonAsync<JsonObject>("/api/tags", Cancel);
        var openAi = await _http.GetFromJsonAsync<JsonObject>("/v1/models", Cancel);

        Assert.Equal("scripted", ollama!["models"]![0]!["name"]!.GetValue<string>());
        Assert.Equal("scripted", openAi!["data"]![0]!["id"]!.GetValue<string>());
    }

    async Task<JsonObject> PostAsync(string path, string body) => JsonNode.Parse(await SendAsync(path, body))!.AsObject();

    async Task<string> SendAsync(string path, string body)
    {
        using var response = await _http.PostAsync(path, Json(body), Cancel);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancel);
    }

    static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
