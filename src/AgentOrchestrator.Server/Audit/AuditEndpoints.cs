using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Audit;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Audit;

static class AuditEndpoints
{
    const int DefaultLimit = 100;

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/audit").WithTags("audit");
        audit.MapGet("", List).Require(Role.Owner).WithSummary("Who did what, newest first; a page with limit and before.");
        audit.MapGet("/verify", Verify).Require(Role.Owner).WithSummary("Follows the chain of hashes, and names the first entry that does not hold.");
    }

    static async Task<Answer<AuditPage>> List(HttpRequest request, Principal caller, IAuditStore audit, CancellationToken cancel)
    {
        var limit = request.ReadLimit() ?? DefaultLimit;
        var entries = await audit.ReadBackAsync(caller.Org, request.ReadBefore(), limit, cancel);
        return Answer.Of(
            new AuditPage([.. entries.Select(View)], entries.Count == limit && entries[^1].Seq > 1 ? entries[^1].Seq : null),
            ProtocolJson.Default.AuditPage);
    }

    static async Task<Answer<AuditVerification>> Verify(Principal caller, IAuditStore audit, CancellationToken cancel)
    {
        var verdict = await AuditChain.VerifyAsync(audit, caller.Org, cancel);
        return Answer.Of(
            new AuditVerification(
                verdict.BadSeq is null, verdict.Head.PrunedTo + 1, verdict.Head.Seq, verdict.BadSeq, verdict.What, verdict.Head.Hash),
            ProtocolJson.Default.AuditVerification);
    }

    static AuditEntryView View(AuditEntry entry) => new()
    {
        Seq = entry.Seq,
        At = entry.Fact.At,
        Actor = entry.Fact.Actor,
        Source = entry.Fact.Source,
        Method = entry.Fact.Method,
        Route = entry.Fact.Route,
        Subject = entry.Fact.Subject,
        Status = entry.Fact.Status,
        Times = entry.Fact.Times,
        Digest = entry.Fact.Digest,
        StateBefore = entry.Fact.Before,
        StateAfter = entry.Fact.After,
        Hash = entry.Hash,
    };
}
