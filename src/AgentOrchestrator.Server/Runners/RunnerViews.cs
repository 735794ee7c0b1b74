using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Runners;

/// <summary>What the wire shows of runners.</summary>
static class RunnerViews
{
    public static RunnerView ToView(this Coordinator.Runners.Runner runner, RunnerRegistry registry) => new()
    {
        RunnerId = runner.RunnerId,
        RegisteredAt = runner.RegisteredAt,
        LastHeartbeat = runner.LastHeartbeatAt,
        Hostname = runner.Hostname,
        ProjectDir = runner.ProjectDir,
        ExecutorType = runner.ExecutorType,
        Executors = runner.Executors,
        Tags = runner.Tags,
        Status = registry.IsStale(runner) ? "stale" : "online",
        SecondsSinceHeartbeat = Math.Round(registry.SilenceOf(runner).TotalSeconds, 3),
        LiveRuns = runner.LiveRuns,
    };

    public static RunnerRegistered ToRegistered(
        this Coordinator.Runners.Runner runner, Vocabulary words, CoordinatorOptions options, string? soleServer) => new()
        {
            RunnerId = runner.RunnerId,
            PollEndpoint = words.PollPath,
            PollTimeoutSeconds = (int)options.PollTimeout.TotalSeconds,
            HeartbeatIntervalSeconds = (int)(runner.KeepsLeases ? options.RenewInterval : options.HeartbeatInterval).TotalSeconds,
            LeaseSeconds = (int)runner.Lease.TotalSeconds,
            SoleServer = soleServer,
        };

    public static HeartbeatAnswer ToAnswer(this RenewedLeases renewed) =>
        new() { StopRuns = renewed.StopRuns, LostRuns = renewed.LostRuns };
}
