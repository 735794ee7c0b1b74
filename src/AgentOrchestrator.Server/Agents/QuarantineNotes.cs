using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;

namespace AgentOrchestrator.Server.Agents;

/// <summary>Says in the server's log that an agent was put into quarantine, on the node that did it.</summary>
sealed partial class QuarantineNotes(ChangeHub hub, ILogger<QuarantineNotes> log) : IHostedService
{
    IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = hub.Subscribe(Note);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    void Note(IReadOnlyList<Change> changes)
    {
        for (var at = 0; at < changes.Count; at++)
        {
            if (changes[at] is AgentQuarantined began) { LogQuarantined(began.Quarantine.Agent, began.Quarantine.Failures, began.Quarantine.RunId); }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Agent {Agent} is in quarantine after {Failures} failures in a row, the last of them {RunId}: its queued runs wait for 'ao agents release', or a new version")]
    partial void LogQuarantined(string agent, long failures, string runId);
}
