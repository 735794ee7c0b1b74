using System.Diagnostics;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Server.Runners;

/// <summary>What a runner is given with a run: its lease, its token, and the agent as it was when the run was queued.</summary>
sealed class Assignments(IAgentStore agents, CoordinatorOptions options)
{
    public async Task<RunAssignment> OfAsync(PollOutcome.Claimed claimed, CancellationToken cancel)
    {
        var agent = await AgentOfAsync(claimed.Claim.Run, cancel);
        return new RunAssignment
        {
            Fence = claimed.Claim.Run.Fence,
            LeaseSeconds = (int)options.Lease.TotalSeconds,
            Agent = agent,
            ExecutorSessionId = claimed.Claim.ExecutorSessionId,
            Rate = RateOf(agent),
            Token = claimed.Token,
            TraceParent = Activity.Current is { Source.Name: Tracing.Name } span ? span.Id : claimed.Claim.Run.TraceParent,
        };
    }

    ModelRate? RateOf(AgentView? agent) => agent is { MaxBudgetUsd: not null, Model: { } model } && options.Prices.TryGetValue(model, out var price)
        ? new ModelRate(price.Input, price.Output, price.CachedInput)
        : null;

    async Task<AgentView?> AgentOfAsync(Run run, CancellationToken cancel)
    {
        if (run is not { AgentName: { } name, AgentRevision: { } revision })
        {
            return null;
        }

        var pinned = await agents.FindRevisionAsync(run.Org, name, revision, cancel);
        return pinned is null ? null : JsonSerializer.Deserialize(pinned.Definition, ProtocolJson.Default.AgentView);
    }
}
