using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Appends what clients post to the log of a session, and reads a session's result from it.</summary>
public sealed class SessionLog(ISessionStore sessions, Redactor redactor, TimeProvider time)
{
    /// <exception cref="ProductException">Invalid; NotFound; NotPossible when the event names another session than the URL.</exception>
    public async Task<Outcome<Appended>> AppendAsync(
        string org, string idOrName, PostEvent posted, string actor, IdempotencyKey? key, CancellationToken cancel)
    {
        var accepted = PostedEvent.Accept(posted, time.GetUtcNow(), actor).Redacted(redactor);
        if (posted.SessionId is { } stated && stated != idOrName)
        {
            var session = await sessions.FindAsync(org, idOrName, cancel).ConfigureAwait(false) ?? throw NotFound();
            if (!session.IsCalled(stated))
            {
                throw new ProductException(ErrorCode.NotPossible, "Event session_id must match URL session_id");
            }
        }

        return await sessions.AppendAsync(org, idOrName, [accepted], create: null, key, cancel).ConfigureAwait(false);
    }

    /// <summary>The seeds' <c>POST /events</c>: the event says which session, and a <c>session_start</c> makes it when it is missing.</summary>
    public Task<Outcome<Appended>> AppendUnroutedAsync(
        string org, PostEvent posted, string actor, IdempotencyKey? key, CancellationToken cancel)
    {
        var idOrName = posted.SessionId ?? posted.SessionName
            ?? throw new ProductException(ErrorCode.Invalid, "session_id is required");
        Names.Require(idOrName, "session_id");
        var accepted = PostedEvent.Accept(posted, time.GetUtcNow(), actor).Redacted(redactor);
        var create = accepted.Type is not EventTypes.SessionStart ? null : new NewSession
        {
            Org = org,
            SessionId = posted.SessionId ?? Ids.NewSession(),
            Name = posted.SessionName ?? idOrName,
        };
        return sessions.AppendAsync(org, idOrName, [accepted], create, key, cancel);
    }

    /// <exception cref="ProductException">NotFound for the session or its result; NotPossible while it is not finished.</exception>
    public async Task<SessionResult> ReadResultAsync(string org, string idOrName, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(org, idOrName, cancel).ConfigureAwait(false) ?? throw NotFound();
        if (session.Status is not (SessionStatus.Finished or SessionStatus.Idle))
        {
            throw new ProductException(ErrorCode.NotPossible, "Session not finished");
        }

        var entry = await sessions.FindResultAsync(org, session.SessionId, cancel).ConfigureAwait(false);
        var fields = entry?.ReadFields();
        var text = fields?.TextOfResult();
        return text is null
            ? throw new ProductException(ErrorCode.NotFound, "No result found")
            : new SessionResult(text, fields!.ResultData is null ? text : fields.ResultText, fields.ResultData) { Seq = entry!.Seq };
    }

    static ProductException NotFound() => new(ErrorCode.NotFound, "Session not found");
}
