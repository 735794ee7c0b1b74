using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Runs;

/// <summary>What sessions and their trees used.</summary>
static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder app) =>
        app.MapGet("/sessions/{id}/usage", Show).Require(Role.Viewer, Role.Agent).WithTags("sessions")
            .WithSummary("Tokens and cost of its runs, and of the runs of all sessions below it.");

    static async Task<Answer<SessionUsageView>> Show(
        string id, Principal caller, IRunStore runs, SessionAccess access, CancellationToken cancel)
    {
        var session = await access.RequireAsync(caller, id, cancel);
        var usage = await runs.SumUsageAsync(session.Org, session.SessionId, cancel);
        return Answer.Of(
            new SessionUsageView(session.SessionId, session.Name, ViewOf(usage.Own), ViewOf(usage.Tree)), ProtocolJson.Default.SessionUsageView);
    }

    static UsageView ViewOf(UsageTotals totals) => new()
    {
        Sessions = totals.Sessions,
        Runs = totals.Runs,
        MeasuredRuns = totals.MeasuredRuns,
        UnpricedRuns = totals.UnpricedRuns,
        InputTokens = totals.InputTokens,
        CachedInputTokens = totals.CachedInputTokens,
        CacheWriteTokens = totals.CacheWriteTokens,
        OutputTokens = totals.OutputTokens,
        DurationMs = totals.DurationMs,
        CostUsd = totals.CostUsd,
    };
}
