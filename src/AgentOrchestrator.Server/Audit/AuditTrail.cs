using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Audit;

/// <summary>Notes every request that changed something or was refused, when its answer is known.</summary>
sealed class AuditTrail(RequestDelegate next, AuditLog audit, Redactor redactor, TimeProvider time)
{
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
        if (!AuditedRequest.IsAct(context) && !IsRefusalOfNote(context, status))
        {
            return;
        }

        var org = context.Features.Get<Principal>()?.Org ?? CoordinatorOptions.DefaultOrg;
        var intent = context.Features.Get<AuditIntent>();
        intent?.End();
        var isRefused = status is >= 400 and < 500;
        var fact = AuditedRequest.Describe(context, redactor, time) with { Status = status, Before = intent?.Before, After = intent?.After };
        if (isRefused && intent is not { IsKept: true })
        {
            audit.Refused(org, fact with { Digest = null });
        }
        else
        {
            audit.Done(org, fact, intent?.Id);
        }
    }

    static bool IsRefusalOfNote(HttpContext context, int status) =>
        status is 401 or 403 || (status is 429 && AuditedRequest.Changes(context.Request.Method));
}

/// <summary>What a request made, where its path does not say so.</summary>
sealed record AuditSubject(string Text);

/// <summary>A route whose calls are no acts of their own: what agents and runners say is in the logs of sessions.</summary>
sealed record Unaudited;

sealed record FileAct;

static class AuditExtensions
{
    public static T WithoutAudit<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Unaudited());

    /// <summary>The route changes files before it writes to the database, so that its acts are kept first.</summary>
    public static T ActsOnFiles<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new FileAct());

    public static void Concerns(this HttpContext context, string subject) => context.Features.Set(new AuditSubject(subject));
}
