using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Runs;

/// <summary>Runs, under <c>/runs</c> and, in the older vocabulary, <c>/jobs</c>.</summary>
static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        Map(app.MapGroup("/runs"), Vocabulary.Runs);
        Map(app.MapGroup("/jobs"), Vocabulary.Jobs);
    }

    static void Map(RouteGroupBuilder runs, Vocabulary words)
    {
        runs.MapGet("", List).Require(Role.Viewer).Answers<RunList>()
            .WithSummary("All runs, oldest first; of a status, session, agent or runner; a page with limit and cursor.");
        runs.MapPost("", Create).Require(Role.Operator, Role.Agent).Takes<CreateRun>()
            .WithSummary("Queues a run: of a new session, or a further one of an old. An agent's become children of its session.");
        runs.MapGet("/{id}", (string id, Principal caller, RunAccess access, WaitingRuns waiting, CancellationToken cancel) =>
                Show(id, words, caller, access, waiting, cancel))
            .Require(Role.Viewer, Role.Agent).WithSummary("One run.");
        runs.MapPost("/{id}/stop", (string id, Principal caller, IRunStore store, RunAccess access, CancellationToken cancel) =>
                Stop(id, words, caller, store, access, cancel))
            .Require(Role.Operator, Role.Agent).WithoutLimit().WithSummary("Stops it: a queued one at once, a live one through its runner.");
        runs.MapPost("/{id}/retry", (
                    string id, HttpContext http, Principal caller, RunQueue queue, RunAccess access, CancellationToken cancel) =>
                Retry(id, words, http, caller, queue, access, cancel))
            .Require(Role.Operator).WithSummary("Queues a run that has ended once more: same session, same prompt, the agent as it is now.");
    }

    static async Task<IResult> List(
        HttpRequest request, Principal caller, IRunStore runs, WaitingRuns waiting, SessionAccess access, CancellationToken cancel)
    {
        var page = new Page<Run>(request.ReadLimit(), run => new PageKey(run.CreatedAt, run.RunId));
        var query = new RunQuery
        {
            Limit = page.SourceLimit,
            After = request.ReadCursor(),
            Status = request.ReadWord<RunStatus>("status"),
            AgentName = request.ReadWord("agent_name"),
            RunnerId = request.ReadWord("runner_id"),
            SessionId = request.ReadWord("session_id") is { } session ? (await access.RequireAsync(caller, session, cancel)).SessionId : null,
        };
        var source = waiting.ExplainAsync(runs.ListAsync(caller.Org, query, cancel), cancel);
        return page.ToResult("runs", source, RunViews.ToView, ProtocolJson.Default.RunView);
    }

    static async Task<Answer<RunCreated>> Create(
        HttpContext http, Principal caller, RunQueue queue, SessionAccess access, CancellationToken cancel)
    {
        var request = await http.Request.ReadAsync(ProtocolJson.Default.CreateRun, cancel);
        if (request.Type is RunType.ResumeSession && (request.SessionId ?? request.SessionName) is { } resumed)
        {
            await access.GuardAsync(caller, resumed, cancel);
        }

        var outcome = await queue.EnqueueAsync(
            RequesterOf(http, caller), request, http.Request.ReadIdempotencyKey(), cancel);
        return Created(http, outcome);
    }

    static async Task<Answer<RunCreated>> Retry(
        string id, Vocabulary words, HttpContext http, Principal caller, RunQueue queue, RunAccess access, CancellationToken cancel)
    {
        await access.RequireAsync(caller, id, words, cancel);
        var outcome = await queue.RetryAsync(RequesterOf(http, caller), id, http.Request.ReadIdempotencyKey(), cancel);
        return Created(http, outcome);
    }

    static RunRequester RequesterOf(HttpContext http, Principal caller) =>
        new(caller.Org, caller.Actor, caller.SessionId, Tracing.Accept(http.Request.Headers.TraceParent));

    static Answer<RunCreated> Created(HttpContext http, Outcome<Run> outcome)
    {
        var run = http.Response.Mark(outcome);
        http.Concerns($"{run.RunId} {run.SessionId}");
        return Answer.Of(
            new RunCreated(run.RunId, run.SessionId, run.SessionName, RunViews.Shown(run.Status)), ProtocolJson.Default.RunCreated);
    }

    static async Task<Answer<RunView>> Show(
        string id, Vocabulary words, Principal caller, RunAccess access, WaitingRuns waiting, CancellationToken cancel)
    {
        var run = await access.RequireAsync(caller, id, words, cancel);
        return Answer.Of((await waiting.ExplainAsync(run, cancel)).ToView(), ProtocolJson.Default.RunView);
    }

    static async Task<Answer<StopAnswer>> Stop(
        string id, Vocabulary words, Principal caller, IRunStore runs, RunAccess access, CancellationToken cancel)
    {
        await access.RequireAsync(caller, id, words, cancel);
        var outcome = await runs.StopAsync(caller.Org, id, caller.Actor, cancel) ?? throw words.RunNotFound();
        CrashPoint.Reach(CrashPoint.ServerStopping);
        return Answer.Of(StopAnswers.Of(outcome, words), ProtocolJson.Default.StopAnswer);
    }
}
