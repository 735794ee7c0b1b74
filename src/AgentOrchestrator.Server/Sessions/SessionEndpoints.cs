using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Sessions;

/// <summary>Sessions. An <c>{id}</c> is a session's id, its name or its executor's id.</summary>
static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/sessions");
        sessions.MapGet("", List).Require(Role.Viewer, Role.Agent).Answers<SessionList>()
            .WithSummary("All sessions, newest created first; a page with limit and cursor; by status or parent.");
        sessions.MapPost("", Create).Require(Role.Operator, Role.Agent).Takes<CreateSession>()
            .WithSummary("Adds a session that was not started here, or binds an executor's id to the one that is running.");
        sessions.MapGet("/by-name/{name}", ShowByName).Require(Role.Viewer, Role.Agent)
            .WithSummary("The session of that name, in the older vocabulary: its session_id is the executor's, once bound.");
        sessions.MapGet("/{id}", Show).Require(Role.Viewer, Role.Agent).WithSummary("One session.");
        sessions.MapGet("/{id}/status", ShowStatus).Require(Role.Viewer, Role.Agent)
            .WithSummary("Its status; not_existent for none.");
        sessions.MapGet("/{id}/result", ShowResult).Require(Role.Viewer, Role.Agent)
            .WithSummary("The result of its latest run, once it is finished.");
        sessions.MapGet("/{id}/affinity", ShowAffinity).Require(Role.Viewer, Role.Runner, Role.Agent)
            .WithSummary("Where the conversation lives: executor, host, folder.");
        sessions.MapPatch("/{id}/metadata", Patch).Require(Role.Operator, Role.Agent).Takes<PatchSession>()
            .WithSummary("Changes what is not null.");
        sessions.MapPost("/{id}/bind", Bind).Require(Role.Operator, Role.Runner, Role.Agent).WithoutLimit().Takes<BindSession>()
            .WithSummary("Keeps where the conversation lives, for its resume.");
        sessions.MapPost("/{id}/stop", Stop).Require(Role.Operator, Role.Agent).WithoutLimit()
            .WithSummary("Stops every run of it that has not ended, and the sessions below it; with tree=true those that outlive it too.");
        sessions.MapDelete("/{id}", Delete).Require(Role.Operator)
            .WithSummary("Removes it with its events and runs; its children are stopped, or go on, and stay without a parent.");
    }

    static async Task<IResult> List(
        HttpRequest request, Principal caller, SessionAccess access, WaitingRuns waiting, CancellationToken cancel, string? parent = null)
    {
        var page = new Page<Session>(request.ReadLimit(), session => new Coordinator.PageKey(session.CreatedAt, session.SessionId));
        var query = new SessionQuery
        {
            Limit = page.SourceLimit,
            After = request.ReadCursor(),
            Status = request.ReadWord<SessionStatus>("status"),
            ParentSessionId = parent is null ? null : (await access.RequireAsync(caller, parent, cancel)).SessionId,
        };
        var source = waiting.ExplainAsync(access.ListAsync(caller, query, cancel), cancel);
        return page.ToResult("sessions", source, SessionViews.ToView, ProtocolJson.Default.SessionView);
    }

    static async Task<Answer<SessionWritten>> Create(
        HttpContext http, Principal caller, SessionDirectory directory, SessionAccess access, CancellationToken cancel)
    {
        var request = await http.Request.ReadAsync(ProtocolJson.Default.CreateSession, cancel);
        await access.RequireOwnAsync(caller, request.SessionName ?? request.SessionId ?? "", cancel);
        var outcome = await directory.CreateAsync(caller.Org, request, http.Request.ReadIdempotencyKey(), cancel);
        return Written(http.Response.Mark(outcome));
    }

    static async Task<Answer<SessionAnswer>> Show(
        string id, Principal caller, SessionAccess access, WaitingRuns waiting, CancellationToken cancel)
    {
        var session = await waiting.ExplainAsync(await access.RequireAsync(caller, id, cancel), cancel);
        return Answer.Of(new SessionAnswer(session.ToView()), ProtocolJson.Default.SessionAnswer);
    }

    static async Task<Answer<SessionAnswer>> ShowByName(
        string name, Principal caller, SessionAccess access, WaitingRuns waiting, CancellationToken cancel)
    {
        var session = await waiting.ExplainAsync(await access.RequireAsync(caller, name, cancel), cancel);
        var view = session.ToView() with { SessionId = session.ExecutorSessionId ?? session.SessionId };
        return Answer.Of(new SessionAnswer(view), ProtocolJson.Default.SessionAnswer);
    }

    static async Task<Answer<SessionStatusAnswer>> ShowStatus(
        string id, Principal caller, ISessionStore sessions, SessionAccess access, WaitingRuns waiting, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(caller.Org, id, cancel);
        var answer = session is not null && await access.IsOpenToAsync(caller, session, cancel)
            ? new SessionStatusAnswer(WireEnum<SessionStatus>.Text(session.Status))
            {
                WaitingReason = (await waiting.ExplainAsync(session, cancel)).WaitingReason,
            }
            : new SessionStatusAnswer("not_existent");
        return Answer.Of(answer, ProtocolJson.Default.SessionStatusAnswer);
    }

    static async Task<Answer<SessionResult>> ShowResult(
        string id, Principal caller, SessionLog log, SessionAccess access, CancellationToken cancel)
    {
        await access.GuardAsync(caller, id, cancel);
        return Answer.Of(await log.ReadResultAsync(caller.Org, id, cancel), ProtocolJson.Default.SessionResult);
    }

    static async Task<Answer<AffinityAnswer>> ShowAffinity(
        string id, Principal caller, SessionAccess access, CancellationToken cancel)
    {
        var session = await access.RequireAsync(caller, id, cancel);
        return Answer.Of(new AffinityAnswer(session.ToAffinity()), ProtocolJson.Default.AffinityAnswer);
    }

    static async Task<Answer<SessionWritten>> Patch(
        string id, HttpRequest request, Principal caller, SessionDirectory directory, SessionAccess access, CancellationToken cancel)
    {
        var patch = await request.ReadAsync(ProtocolJson.Default.PatchSession, cancel);
        await access.RequireOwnAsync(caller, id, cancel);
        if (caller.SessionId is not null && patch is not { SessionName: null, ProjectDir: null, AgentName: null })
        {
            // The next run would work elsewhere, or as somebody else, by the word of an agent.
            throw new ProductException(ErrorCode.Forbidden, "the token of a run changes neither session_name, project_dir nor agent_name; an operator may");
        }

        return Written(await directory.PatchAsync(caller.Org, id, patch, cancel));
    }

    static async Task<Answer<SessionWritten>> Bind(
        string id, HttpRequest request, Principal caller, SessionDirectory directory, SessionAccess access, CancellationToken cancel)
    {
        var binding = await request.ReadAsync(ProtocolJson.Default.BindSession, cancel);
        await access.GuardAsync(caller, id, cancel);
        return Written(await directory.BindAsync(caller.Org, id, binding, cancel));
    }

    static async Task<Answer<StopAnswer>> Stop(
        string id, HttpRequest request, Principal caller, IRunStore runs, SessionAccess access, CancellationToken cancel)
    {
        await access.GuardAsync(caller, id, cancel);
        var outcome = await runs.StopSessionAsync(caller.Org, id, caller.Actor, request.ReadFlag("tree"), cancel) ?? throw SessionAccess.NotFound();
        CrashPoint.Reach(CrashPoint.ServerStopping);
        return Answer.Of(StopAnswers.Of(outcome), ProtocolJson.Default.StopAnswer);
    }

    static async Task<Answer<SessionDeleted>> Delete(
        string id, Principal caller, ISessionStore sessions, CancellationToken cancel)
    {
        var deleted = await sessions.DeleteAsync(caller.Org, id, cancel) ?? throw SessionAccess.NotFound();
        return Answer.Of(
            new SessionDeleted(true, deleted.SessionId, new DeletedCounts(true, deleted.Events, deleted.Runs)),
            ProtocolJson.Default.SessionDeleted);
    }

    static Answer<SessionWritten> Written(Session session) =>
        Answer.Of(new SessionWritten(true, session.ToView()), ProtocolJson.Default.SessionWritten);
}
