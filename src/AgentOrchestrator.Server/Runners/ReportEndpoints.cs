using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Runners;

/// <summary>What runners report of the runs that they hold.</summary>
static class ReportEndpoints
{
    public static void MapReports(this IEndpointRouteBuilder app)
    {
        foreach (var words in new[] { Vocabulary.Runs, Vocabulary.Jobs })
        {
            MapMove(app, words, "started", (reports, lease, report, cancel) => reports.StartAsync(lease, report, cancel));
            MapMove(app, words, "completed", (reports, lease, report, cancel) => reports.CompleteAsync(lease, report, cancel));
            MapMove(app, words, "failed", (reports, lease, report, cancel) => reports.FailAsync(lease, report, cancel));
            MapMove(app, words, "stopped", (reports, lease, report, cancel) => reports.StopAsync(lease, report, cancel));
        }

        app.MapPost("/runner/runs/{id}/events", Append).Require(Role.Runner).WithoutAudit().WithoutLimit()
            .Takes<Protocol.Runners.RunEvents>().WithSummary("Output of a run in order; what was sent before is skipped.");
        app.MapPost("/runner/runs/{id}/deltas", Publish).Require(Role.Runner).WithoutAudit().WithoutLimit()
            .Takes<RunDeltas>().WithSummary("Text as it is written: shown live, not stored.");
    }

    static void MapMove(
        IEndpointRouteBuilder app, Vocabulary words, string move,
        Func<RunReports, LeaseRef, RunReport, CancellationToken, Task<Run>> report) =>
        app.MapPost($"{words.PollPath}/{{id}}/{move}", async (
                string id, HttpRequest request, Principal caller, RunnerRegistry registry, RunReports reports, CancellationToken cancel) =>
            {
                var body = await request.ReadAsync(ProtocolJson.Default.RunReport, cancel);
                var lease = await LeaseOfAsync(id, body.RunnerId ?? body.LauncherId, body.Fence, words, caller, registry, cancel);
                await report(reports, lease, body, cancel);
                return Answer.Of(Ok.Yes, ProtocolJson.Default.Ok);
            })
            .Require(Role.Runner).WithoutAudit().WithoutLimit().Takes<RunReport>().WithSummary($"The runner that holds the run has {move} it.");

    static async Task<Answer<RunEventsAccepted>> Append(
        string id, HttpRequest request, Principal caller, RunnerRegistry registry, RunReports reports, CancellationToken cancel)
    {
        var output = await request.ReadAsync(ProtocolJson.Default.RunEvents, cancel);
        var lease = await LeaseOfAsync(id, output.RunnerId, output.Fence, Vocabulary.Runs, caller, registry, cancel);
        var next = await reports.AppendAsync(lease, output, cancel);
        return Answer.Of(new RunEventsAccepted(true, next), ProtocolJson.Default.RunEventsAccepted);
    }

    static async Task<Answer<Ok>> Publish(
        string id, HttpRequest request, Principal caller, RunnerRegistry registry, RunReports reports, CancellationToken cancel)
    {
        var output = await request.ReadAsync(ProtocolJson.Default.RunDeltas, cancel);
        var lease = await LeaseOfAsync(id, output.RunnerId, output.Fence, Vocabulary.Runs, caller, registry, cancel);
        await reports.PublishAsync(lease, output, cancel);
        return Answer.Of(Ok.Yes, ProtocolJson.Default.Ok);
    }

    static async Task<LeaseRef> LeaseOfAsync(
        string runId, string? runnerId, long? fence, Vocabulary words, Principal caller, RunnerRegistry registry,
        CancellationToken cancel)
    {
        var runner = await registry.FindAsync(caller.Org, RunnerIds.Require(runnerId), cancel) ?? throw words.RunnerUnknown();
        RunnerIds.RequireOwn(caller, runner);
        return new LeaseRef(caller.Org, runId, runner.RunnerId, fence);
    }
}
