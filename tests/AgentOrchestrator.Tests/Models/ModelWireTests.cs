using System.Text.Json;
using AgentOrchestrator.Models;
using AgentOrchestrator.ModelServer;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Models;

/// <summary>The three wires against a server that speaks them.</summary>
public sealed class ModelWireTests : IAsyncLifetime
{
    const string Key = "sk-test-1234567890";

    ScriptedModelServer _server = null!;

    public static TheoryData<string> Providers => ["openai", "anthropic", "ollama"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ScriptedModelServer.StartAsync(cancel: Cancel);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Text_streams_in_pieces_and_ends_with_the_usage(string provider)
    {
        using var client = Client(provider);

        var updates = await client.GetStreamingResponseAsync(User("[[usage:11,7]][[say:one two three]]"), cancellationToken: Cancel).ToListAsync(Cancel);

        Assert.True(updates.Count(update => update.Text.Length > 0) >= 3);
        var response = updates.ToChatResponse();
        Assert.Equal("one two three", response.Text);
        Assert.Equal((11, 7), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal("m1", _server.Requests[^1].Body!["model"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Tools_are_offered_called_with_arguments_and_answered(string provider)
    {
        using var client = Client(provider);
        var tool = AIFunctionFactory.CreateDeclaration("add", "Adds", JsonElement.Parse("""{"type":"object","properties":{"a":{"type":"integer"}}}"""));
        var options = new ChatOptions { Tools = [tool], Instructions = "Be exact." };
        List<ChatMessage> messages = [.. User("""[[tools:[{"name":"add","input":{"a":1,"b":[2]}},{"name":"add","input":{}}]]][[say:done]]""")];

        var first = await client.GetResponseAsync(messages, options, Cancel);
        messages.AddMessages(first);
        var calls = first.Messages[^1].Contents.OfType<FunctionCallContent>().ToList();
        messages.Add(new ChatMessage(ChatRole.Tool, [.. calls.Select(AIContent (call) => new FunctionResultContent(call.CallId, "3"))]));
        var second = await client.GetResponseAsync(messages, options, Cancel);

        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        Assert.Equal(["add", "add"], calls.Select(call => call.Name));
        Assert.Equal("1", calls[0].Arguments!["a"]!.ToString());
        Assert.Equal(2, calls.Select(call => call.CallId).Distinct().Count());
        Assert.Equal("done", second.Text);
        var sent = _server.Requests[^1].Body!.ToJsonString();
        Assert.Contains("Be exact.", sent);
        Assert.Contains("\"Adds\"", sent);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_refusal_is_told_in_the_providers_words_without_the_key(string provider)
    {
        using var client = Client(provider);

        var refusal = await Assert.ThrowsAsync<ModelException>(
            () => client.GetResponseAsync(User($"[[fail:400 The key {Key} has no credit.]]"), cancellationToken: Cancel));

        Assert.Equal(400, refusal.Status);
        Assert.Contains("has no credit", refusal.Message);
        Assert.Equal(provider != "ollama", refusal.Message.Contains("***", StringComparison.Ordinal));
        if (provider != "ollama") { Assert.DoesNotContain(Key, refusal.Message); }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_broken_stream_is_an_error_and_not_an_end(string provider)
    {
        using var client = Client(provider);

        await Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync(User("[[say:half]][[cut]]"), cancellationToken: Cancel));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_stop_ends_the_call_at_once(string provider)
    {
        using var client = Client(provider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var call = client.GetResponseAsync(User("[[say:half]][[hang]]"), cancellationToken: stop.Token);
        await _server.WaitForHangAsync(Cancel);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    static ChatMessage[] User(string text) => [new ChatMessage(ChatRole.User, text)];

    IChatClient Client(string provider) => ChatModels.Create(provider, "m1", new Dictionary<string, string>
    {
        ["OPENAI_API_KEY"] = Key,
        ["OPENAI_BASE_URL"] = _server.BaseUrl + "/v1",
        ["ANTHROPIC_API_KEY"] = Key,
        ["ANTHROPIC_BASE_URL"] = _server.BaseUrl,
        ["OLLAMA_BASE_URL"] = _server.BaseUrl,
    });
}
