using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Audit;

/// <summary>A request as the audit sees it.</summary>
static class AuditedRequest
{
    const int MaxSubject = 200;

    public static bool Changes(string method) => method is "POST" or "PUT" or "PATCH" or "DELETE";

    /// <summary>Whether it is to change something, on a route whose calls are acts.</summary>
    public static bool IsAct(HttpContext context) =>
        Changes(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<Unaudited>() is null;

    public static AuditFact Describe(HttpContext context, Redactor redactor, TimeProvider time) => new(
        WireTime.Truncate(time.GetUtcNow()), context.Features.Get<Principal>()?.Actor ?? "unknown",
        context.Connection.RemoteIpAddress?.ToString() ?? "-", Changes(context.Request.Method) ? context.Request.Method : "GET",
        RouteName.Of(context), SubjectOf(context, redactor), AuditIntent.Unanswered, 1, IdempotencyHeader.DigestOf(context.Request));

    /// <summary>What the path names, by its first word.</summary>
    public static AuditObject? ObjectOf(HttpContext context) =>
        NounOf(RouteName.Of(context)) is { } noun && (context.Request.RouteValues["id"] ?? context.Request.RouteValues["name"]) is string key
            ? new AuditObject(noun, key)
            : null;

    static AuditNoun? NounOf(string route) => route.Split('/') switch
    {
        ["", "sessions", ..] => AuditNoun.Session,
        ["", "runs" or "jobs", ..] => AuditNoun.Run,
        ["", "agents", ..] => AuditNoun.Agent,
        ["", "tokens", ..] => AuditNoun.Token,
        ["", "skills", ..] => AuditNoun.Skill,
        ["", "memories", ..] => AuditNoun.Memory,
        ["", "documents", ..] => AuditNoun.Document,
        ["", "runners" or "launchers", ..] => AuditNoun.Runner,
        _ => null,
    };

    static string? SubjectOf(HttpContext context, Redactor redactor)
    {
        var subject = context.Features.Get<AuditSubject>()?.Text
            ?? (context.Request.RouteValues.Count == 0 ? null : string.Join(' ', context.Request.RouteValues.Values));
        subject = subject is null ? null : redactor.Redact(subject);
        return subject is { Length: > MaxSubject } ? subject[..MaxSubject] : subject;
    }
}
