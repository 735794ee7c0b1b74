using System.Diagnostics;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.ServerTests.Programs;

namespace AgentOrchestrator.ServerTests.Telemetry;

/// <summary>One trace from the request that asks for a run to the tools that its agent calls.</summary>
public sealed class TraceTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_one_trace_from_its_request_to_its_tools()
    {
        await using var collector = await Collector.StartAsync();
        await using var server = await TestServer.StartAsync(options => options with { NoRunner = false, OtlpEndpoint = collector.Url });
        var (traceId, callerId) = (ActivityTraceId.CreateRandom().ToString(), ActivitySpanId.CreateRandom().ToString());
        server.Client.DefaultRequestHeaders.Add("traceparent", $"00-{traceId}-{callerId}-01");

        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "traced", agent_name = "editor-in-chief", prompt = "hello" });

        await Eventually.TrueAsync(
            () => Mine().Count(span => span.Name == "execute_tool start_session") == 2 && Mine().Any(span => span.Name == "run" && IsRoot(span)),
            "the spans of the run have arrived", s_limit, Cancel);
        var enqueue = Mine().First(span => span.ParentId == callerId);
        Assert.Equal("enqueue run", enqueue.Name);
        var claim = Mine().First(span => span.Name == "claim run" && span.ParentId == enqueue.SpanId);
        var run = Mine().First(span => span.Name == "run" && span.ParentId == claim.SpanId);
        var agent = Mine().First(span => span.ParentId == run.SpanId && span.Name == "invoke_agent editor-in-chief");
        Assert.Equal(("invoke_agent", "editor-in-chief", "chat"), (agent.Tags["gen_ai.operation.name"], agent.Tags["gen_ai.agent.name"], agent.Tags["agent_orchestrator.executor"]));
        var call = Mine().First(span => span.ParentId == agent.SpanId && span.Tags.GetValueOrDefault("gen_ai.operation.name") == "chat");
        Assert.Equal("scripted", call.Tags["gen_ai.provider.name"]);
        var tool = Mine().First(span => span.ParentId == agent.SpanId && span.Name == "execute_tool start_session");
        Assert.Equal("start_session", tool.Tags["gen_ai.tool.name"]);

        // What the tool started belongs to the same trace: the runner's call carried it.
        Assert.Contains(Mine(), span => span.Name == "enqueue run" && span.ParentId == agent.SpanId);

        IEnumerable<ReceivedSpan> Mine() => collector.Spans.Where(span => span.TraceId == traceId);

        bool IsRoot(ReceivedSpan span) => Mine().Any(claim => claim.SpanId == span.ParentId && Mine().Any(e => e.SpanId == claim.ParentId && e.ParentId == callerId));
    }

    [Fact]
    public async Task The_counters_arrive_when_the_server_ends_at_the_latest()
    {
        await using var collector = await Collector.StartAsync();
        var server = await TestServer.StartAsync(options => options with { OtlpEndpoint = collector.Url });
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "counted", prompt = "hello" });

        await server.DisposeAsync();

        Assert.Contains("agent_orchestrator.runs.queued", collector.Metrics.Keys);
        Assert.Contains("agent_orchestrator.http.requests", collector.Metrics.Keys);
    }

    [Fact]
    public async Task A_program_finds_the_trace_in_its_environment()
    {
        await using var server = await ProgramServer.StartAsync();
        var traceId = ActivityTraceId.CreateRandom().ToString();
        server.Http.DefaultRequestHeaders.Add("traceparent", $"00-{traceId}-{ActivitySpanId.CreateRandom()}-01");

        var run = await server.TryAsync("command", """echo "$TRACEPARENT" """);

        Assert.Matches($"^00-{traceId}-[0-9a-f]{{16}}-0[01]$", run.ResultText!.Trim());
    }

    [Fact]
    public async Task Without_a_trace_there_is_none_in_the_environment()
    {
        await using var server = await ProgramServer.StartAsync();
        server.Http.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", "00-nonsense");

        var run = await server.TryAsync("command", """echo "x${TRACEPARENT}" """);

        Assert.DoesNotContain("nonsense", run.ResultText!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_no_URL_is_refused_at_the_start()
    {
        var refusal = await Assert.ThrowsAsync<ProductException>(() => TestServer.StartAsync(options => options with { OtlpEndpoint = "collector:4318" }));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }
}
