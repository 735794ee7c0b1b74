using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.BuiltIn;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.BuiltIn;

public sealed class WebSearchToolTests : IDisposable
{
    readonly OutboundClient _client = new(new OutboundPolicy { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8") });

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Results_come_as_text_without_markup()
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(
            """{"web":{"results":[{"title":"A &amp; B","url":"https://a.example/","description":"About <strong>a</strong>\nand b"},{"title":"C"},{"title":"D"}]}}"""));

        var found = await SearchAsync(service, new() { ["query"] = "a & b?", ["count"] = 2 });

        Assert.Equal("1. A & B\n   https://a.example/\n   About a and b\n2. C\n   \n   \n", found);
        var asked = Assert.Single(service.Requests);
        Assert.Equal(("GET", "/search?lang=en&q=a%20%26%20b%3F&count=2", "secret"), (asked.Method, asked.Path, asked["X-Subscription-Token"]));
    }

    [Theory]
    [InlineData("""{"web":{"results":[]}}""")]
    [InlineData("{}")]
    public async Task Nothing_found_says_so(string answer)
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(answer));

        Assert.Equal("Nothing was found.", await SearchAsync(service, new() { ["query"] = "x" }));
    }

    [Theory]
    [InlineData(401, "{}", "The search service answered 401: its key, WEB_SEARCH_API_KEY, is wrong or may not.")]
    [InlineData(429, "{}", "The search service answered 429: too many searches; try again later.")]
    [InlineData(500, "secret trouble", "The search service answered 500.")]
    [InlineData(200, "<html>", "The search service answered with what is no list of results.")]
    [InlineData(200, """{"web":7}""", "The search service answered with what is no list of results.")]
    public async Task What_goes_wrong_is_told(int status, string body, string words)
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(body, status));

        var fault = await Assert.ThrowsAsync<ToolException>(() => SearchAsync(service, new() { ["query"] = "x" }));

        Assert.Equal(words, fault.Message);
    }

    [Fact]
    public async Task Without_a_key_it_says_so_and_asks_nobody()
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json("{}"));

        var fault = await Assert.ThrowsAsync<ToolException>(() => SearchAsync(service, new() { ["query"] = "x" }, key: null));

        Assert.Contains("WEB_SEARCH_API_KEY", fault.Message, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Its_address_goes_through_the_gate()
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json("{}"));
        using var closed = new OutboundClient(new OutboundPolicy());
        var tool = new WebSearchTool(new WebSearchOptions { Endpoint = service.Address(), Key = "secret" }, closed);

        await Assert.ThrowsAsync<ToolException>(async () => await tool.InvokeAsync(new AIFunctionArguments { ["query"] = "x" }, TestContext.Current.CancellationToken));

        Assert.Equal(0, service.Connections);
    }

    async Task<string?> SearchAsync(LoopbackServer service, AIFunctionArguments arguments, string? key = "secret")
    {
        var tool = new WebSearchTool(new WebSearchOptions { Endpoint = service.Address("/search?lang=en"), Key = key }, _client);
        return (await tool.InvokeAsync(arguments, TestContext.Current.CancellationToken))?.ToString();
    }
}
