using System.Diagnostics;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Runners;

/// <summary>The long poll through which runners get work.</summary>
static class PollEndpoints
{
    public static void MapPolls(this IEndpointRouteBuilder app)
    {
        Map(app, Vocabulary.Runs);
        Map(app, Vocabulary.Jobs);
    }

    static void Map(IEndpointRouteBuilder app, Vocabulary words) =>
        app.MapGet(words.PollPath, (
                    HttpContext http, Principal caller, RunnerRegistry registry, RunLeases leases, RunDispatch dispatch,
                    Assignments assignments, Drain drain) =>
                Poll(http, words, caller, registry, leases, dispatch, assignments, drain))
            .Require(Role.Runner).WithoutLimit().Answers<PollAnswer>().AnswersNothing()
            .WithSummary("Held open until there is something to do: stops, a request to leave, a run; else 204.");

    static async Task Poll(
        HttpContext http, Vocabulary words, Principal caller, RunnerRegistry registry, RunLeases leases, RunDispatch dispatch,
        Assignments assignments, Drain drain)
    {
        var runnerId = RunnerIds.Require(http.Request.ReadWord("runner_id") ?? http.Request.ReadWord("launcher_id"));
        var runner = await registry.FindAsync(caller.Org, runnerId, http.RequestAborted) ?? throw words.RunnerUnknown();
        RunnerIds.RequireOwn(caller, runner);
        RunnerIds.RequireCurrent(runner, http.Request.ReadWord("instance_id"), words);
        if (!await leases.NotePollAsync(runner, http.RequestAborted))
        {
            throw words.RunnerUnknown();
        }

        CrashPoint.Reach(CrashPoint.ServerPolled);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, drain.Started);
        switch (await dispatch.PollAsync(runner, giveUp.Token))
        {
            case PollOutcome.Nothing:
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case PollOutcome.Unknown:
                throw words.RunnerUnknown();
            case PollOutcome.Replaced:
                throw words.RunnerReplaced();
            case PollOutcome.Leave:
                await WriteAsync(http, new PollAnswer { Deregistered = true });
                break;
            case PollOutcome.Stops stops:
                await WriteAsync(http, words.IsOlder
                    ? new PollAnswer { StopJobs = stops.RunIds }
                    : new PollAnswer { StopRuns = stops.RunIds });
                break;
            case PollOutcome.Claimed claimed:
                await HandOverAsync(http, words, runner.KeepsLeases ? assignments : null, dispatch, claimed);
                break;
        }
    }

    /// <summary>A claim is handed over when its answer was written whole; else the run is given back at once.</summary>
    static async Task HandOverAsync(
        HttpContext http, Vocabulary words, Assignments? assignments, RunDispatch dispatch, PollOutcome.Claimed claimed)
    {
        var isHandedOver = false;
        using var span = Tracing.Begin("claim run", ActivityKind.Consumer, claimed.Claim.Run.TraceParent);
        span?.SetTag("agent_orchestrator.run.id", claimed.Claim.Run.RunId).SetTag("agent_orchestrator.runner.id", claimed.Claim.Run.RunnerId);
        try
        {
            var view = claimed.Claim.Run.ToView();
            var answer = new PollAnswer
            {
                Run = words.IsOlder ? null : view,
                Job = words.IsOlder ? view : null,
                Assignment = assignments is null ? null : await assignments.OfAsync(claimed, http.RequestAborted),
            };
            CrashPoint.Reach(CrashPoint.ServerClaimed);
            isHandedOver = await WriteAsync(http, answer);
            CrashPoint.Reach(CrashPoint.ServerClaimAnswered);
        }
        finally
        {
            if (!isHandedOver)
            {
                await dispatch.ReleaseAsync(claimed);
            }
        }
    }

    /// <returns>False when the caller is gone.</returns>
    static async Task<bool> WriteAsync(HttpContext http, PollAnswer answer)
    {
        var json = JsonBytes.Of(answer, ProtocolJson.Default.PollAnswer);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        var written = await http.Response.BodyWriter.WriteAsync(json, http.RequestAborted);
        return !written.IsCompleted && !written.IsCanceled && !http.RequestAborted.IsCancellationRequested;
    }
}
