using System.Text.Json;
using AgentOrchestrator.Tools.BuiltIn;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Catalog;

public sealed class ToolCatalogTests : IAsyncDisposable
{
    const string Document = """{"openapi":"3.1.0","paths":{"/do":{"post":{"operationId":"do"}},"/other":{"post":{"operationId":"other"}}}}""";

    readonly SteppedTime _time = new();
    readonly OutboundClient _client = new(new OutboundPolicy { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8") });
    readonly ToolCatalog _catalog;

    public ToolCatalogTests() =>
        _catalog = new ToolCatalog(_client, [new CalculatorTool()], limits: new ToolCatalogLimits { MaxFaults = 2, FaultRest = TimeSpan.FromSeconds(30) }, time: _time);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _catalog.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task A_server_that_fails_in_a_row_is_left_alone_and_then_one_call_finds_out()
    {
        var isBroken = true;
        await using var service = new LoopbackServer(r =>
            r.Path == "/openapi.json" ? LoopbackServer.Json(Document) : isBroken ? LoopbackServer.Text("no", status: 500) : LoopbackServer.Json("1"));
        var grant = Grant(service);

        Assert.Equal(ServerState.Unknown, _catalog.HealthOf(grant.Assigned!).State);
        Assert.Equal(ToolOutcomeKind.ServerFault, (await CallAsync(grant)).Kind);
        Assert.Equal(ServerState.Failing, _catalog.HealthOf(grant.Assigned!).State);
        Assert.Equal(ToolOutcomeKind.ServerFault, (await CallAsync(grant)).Kind);
        var calls = service.Requests.Count;
        var rests = await CallAsync(grant);

        Assert.Equal(
            (ToolOutcomeKind.Refused, "The tool server 'notes' failed 2 times in a row and is left alone for 30 more seconds. The last time: The server answered 500: no"),
            (rests.Kind, rests.Error));
        Assert.Equal(calls, service.Requests.Count);
        Assert.Equal((ServerState.Resting, "The server answered 500: no"), (_catalog.HealthOf(grant.Assigned!).State, _catalog.HealthOf(grant.Assigned!).LastError));

        _time.Now += TimeSpan.FromSeconds(30);
        Assert.Equal(ToolOutcomeKind.ServerFault, (await CallAsync(grant)).Kind);
        Assert.Equal(ToolOutcomeKind.Refused, (await CallAsync(grant)).Kind);

        _time.Now += TimeSpan.FromSeconds(30);
        isBroken = false;
        Assert.Equal(ToolOutcomeKind.Ok, (await CallAsync(grant)).Kind);
        Assert.Equal((ServerState.Ok, 2), (_catalog.HealthOf(grant.Assigned!).State, _catalog.HealthOf(grant.Assigned!).Tools));
    }

    [Fact]
    public async Task What_a_tool_says_of_itself_is_no_fault_of_its_server()
    {
        await using var service = new LoopbackServer(r =>
            r.Path == "/openapi.json" ? LoopbackServer.Json(Document) : LoopbackServer.Json("""{"error":"not today"}"""));
        var grant = Grant(service);

        for (var i = 0; i < 5; i++)
        {
            var said = await CallAsync(grant);
            Assert.Equal((ToolOutcomeKind.Failed, "not today"), (said.Kind, said.Error));
        }

        Assert.Equal(ServerState.Ok, _catalog.HealthOf(grant.Assigned!).State);
    }

    [Fact]
    public async Task A_server_that_is_away_rests_and_is_asked_at_once_when_somebody_says_so()
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Text("no", status: 503));
        var grant = Grant(service);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            Assert.Contains("No OpenAPI document", Assert.Single((await _catalog.OpenAsync(grant, Cancel)).Faults).Value, StringComparison.Ordinal);
            _time.Now += TimeSpan.FromSeconds(11);
        }

        var asked = service.Requests.Count;
        Assert.Contains("is left alone", (await _catalog.OpenAsync(grant, Cancel)).Faults["notes"], StringComparison.Ordinal);
        Assert.Equal(asked, service.Requests.Count);

        _catalog.Refresh("notes");
        await _catalog.OpenAsync(grant, Cancel);
        Assert.True(service.Requests.Count > asked);
    }

    [Fact]
    public async Task A_tool_of_its_own_time_out_is_given_up_after_it()
    {
        await using var service = new LoopbackServer((r, stream, cancel) => r.Path == "/openapi.json"
            ? stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(LoopbackServer.Json(Document)), cancel).AsTask()
            : Task.Delay(Timeout.Infinite, cancel));
        await using var catalog = new ToolCatalog(_client, []);
        var grant = Grant(service, ""","timeout_seconds":500,"tool_timeouts":{"do":0.05}""");
        var tool = await catalog.FindAsync(grant, "do", Cancel);

        var late = await catalog.CallAsync(tool!, JsonElement.Parse("{}"), cancellationToken: Cancel);

        Assert.Equal(ToolOutcomeKind.TimedOut, late.Kind);
        Assert.Contains("0.05 seconds", late.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("601")]
    [InlineData("\"5\"")]
    public void A_time_out_that_cannot_be_is_told(string seconds)
    {
        var file = ToolServersFile.Read($$$"""{"servers":{"notes":{"url":"https://notes.example","timeout_seconds":{{{seconds}}} } } }""", new Dictionary<string, string>());

        Assert.Equal("'timeout_seconds' must be a number of seconds above 0, at most 600.", file.Faults["notes"]);
    }

    [Fact]
    public async Task A_tool_of_the_program_keeps_its_name_whatever_a_server_calls_its_own()
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(Document.Replace("\"other\"", "\"calculator\"", StringComparison.Ordinal)));

        var box = await _catalog.OpenAsync(Grant(service) with { BuiltIn = ["calculator"] }, Cancel);

        Assert.Equal([("calculator", "builtin"), ("do", "notes"), ("calculator_2", "notes")], box.Tools.Select(tool => (tool.Id, tool.Server)));
    }

    static ToolGrant Grant(LoopbackServer service, string more = "") => new()
    {
        Agent = "bob",
        Assigned = ToolServersFile.Read(
            $$$"""{"servers":{"notes":{"url":"{{{service.Address()}}}","type":"openapi"{{{more}}} } } }""", new Dictionary<string, string>()).Servers["notes"],
    };

    async Task<ToolOutcome> CallAsync(ToolGrant grant) =>
        await _catalog.CallAsync((await _catalog.FindAsync(grant, "do", Cancel))!, JsonElement.Parse("{}"), cancellationToken: Cancel);

    /// <summary>Stands still; its timers never ring.</summary>
    sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(callback, state, Timeout.Infinite, Timeout.Infinite);
    }
}
