using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Audit;

/// <summary>Notes every request that changed something or was refused, when its answer is known.</summary>
sealed class AuditTrail(RequestDelegate next, AuditLog audit, Redactor redactor, TimeProvider time)
{
    const int MaxSubject = 200;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            Note(context);
        }
    }

    void Note(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var isRefused = status is >= 400 and < 500;
        if (context.GetEndpoint()?.Metadata.GetMetadata<Unaudited>() is not null && status is not (401 or 403 or 429))
        {
            return;
        }

        if (!Changes(context.Request.Method) && status is not (401 or 403))
        {
            return;
        }

        var caller = context.Features.Get<Principal>();
        var fact = new AuditFact(
            Protocol.WireTime.Truncate(time.GetUtcNow()), caller?.Actor ?? "unknown", context.Connection.RemoteIpAddress?.ToString() ?? "-",
            Changes(context.Request.Method) ? context.Request.Method : "GET", RouteName.Of(context), SubjectOf(context), status, 1,
            isRefused ? null : IdempotencyHeader.DigestOf(context.Request));
        if (isRefused)
        {
            audit.Refused(caller?.Org ?? CoordinatorOptions.DefaultOrg, fact);
        }
        else
        {
            audit.Done(caller?.Org ?? CoordinatorOptions.DefaultOrg, fact);
        }
    }

    static bool Changes(string method) => method is "POST" or "PUT" or "PATCH" or "DELETE";

    string? SubjectOf(HttpContext context)
    {
        var subject = context.Features.Get<AuditSubject>()?.Text
            ?? (context.Request.RouteValues.Count == 0 ? null : string.Join(' ', context.Request.RouteValues.Values));
        subject = subject is null ? null : redactor.Redact(subject);
        return subject is { Length: > MaxSubject } ? subject[..MaxSubject] : subject;
    }
}

/// <summary>What a request made, where its path does not say so.</summary>
sealed record AuditSubject(string Text);

/// <summary>A route whose calls are no acts of their own: what agents and runners say is in the logs of sessions.</summary>
sealed record Unaudited;

static class AuditExtensions
{
    public static T WithoutAudit<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Unaudited());

    public static void Concerns(this HttpContext context, string subject) => context.Features.Set(new AuditSubject(subject));
}
