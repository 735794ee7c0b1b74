using System.Text.Json;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Configuration;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runs;

public sealed class UsageEndpointTests
{
    [Fact]
    public async Task Tokens_have_the_price_of_the_table_where_the_executor_told_none()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with
            {
                Prices = new Dictionary<string, ModelPrice> { ["priced"] = new(Input: 2, Output: 10, CachedInput: 0.5m) },
            },
        });
        await RunAsync(server, "told", new { input_tokens = 1_000_000, output_tokens = 5, model = "priced", cost_usd = 0.25 });
        await RunAsync(server, "priced", new { input_tokens = 1_000_000, cached_input_tokens = 2_000_000, output_tokens = 100_000, model = "priced" });
        await RunAsync(server, "unknown", new { input_tokens = 1_000_000, output_tokens = 5, model = "new" });

        Assert.Equal(0.25m, (await OwnAsync(server, "told")).GetProperty("cost_usd").GetDecimal());
        Assert.Equal(4m, (await OwnAsync(server, "priced")).GetProperty("cost_usd").GetDecimal());
        var unknown = await OwnAsync(server, "unknown");
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("cost_usd").ValueKind);
        Assert.Equal((1, 1_000_000), (unknown.GetProperty("unpriced_runs").GetInt64(), unknown.GetProperty("input_tokens").GetInt64()));
        await server.Client.GetJsonAsync("/sessions/nobody/usage", 404);

        var table = await new AoProgram(server.Url, server.Folder).OutputAsync("ao usage priced");
        Assert.Contains("4.0000", table, StringComparison.Ordinal);
        Assert.Contains("tree", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"m":{"input":-1,"output":1}}""")]
    [InlineData("""{"m":{"input":1}}""")]
    [InlineData("""{"m":{"input":1,"output":1,"per_call":1}}""")]
    [InlineData("""{"m":null}""")]
    [InlineData("""[]""")]
    public void A_table_of_prices_that_makes_no_sense_is_refused(string json)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);

            Assert.Contains("MODEL_PRICES", Assert.Throws<ProductException>(() => PriceFile.Read(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    static async Task<JsonElement> OwnAsync(TestServer server, string session) =>
        (await server.Client.GetJsonAsync($"/sessions/{session}/usage")).GetProperty("own");

    static async Task RunAsync(TestServer server, string session, object usage)
    {
        var runner = await FakeRunner.RegisterAsync(server.Client, session);
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = session, prompt = "hello" });
        var runId = await runner.ClaimAsync();
        await runner.StartAsync(runId);
        await server.Client.PostJsonAsync($"/runner/runs/{runId}/completed", new { runner_id = runner.RunnerId, status = "success", usage });
    }
}
