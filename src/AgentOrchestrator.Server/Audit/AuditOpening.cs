using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Audit;

/// <summary>Lets an act that is admitted go along into the transaction of its effect.</summary>
sealed class AuditOpening(RequestDelegate next, IAuditStore audit, Redactor redactor, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context) =>
        AuditedRequest.IsAct(context) && context.Features.Get<Principal>() is { } caller ? ActAsync(context, caller) : next(context);

    async Task ActAsync(HttpContext context, Principal caller)
    {
        var intent = new AuditIntent(caller.Org, () => AuditedRequest.Describe(context, redactor, time)) { About = AuditedRequest.ObjectOf(context) };
        context.Features.Set(intent);
        if (context.GetEndpoint()!.Metadata.GetMetadata<FileAct>() is not null)
        {
            await audit.KeepAsync(intent, context.RequestAborted);
        }

        AuditIntent.Current = intent;
        await next(context);
    }
}
