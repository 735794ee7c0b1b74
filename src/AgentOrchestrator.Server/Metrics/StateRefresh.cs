using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>Where metrics are sent rather than fetched, nobody's request makes the gauges look again.</summary>
sealed class StateRefresh(StateMeter state, TimeProvider time, ILogger<StateRefresh> log) : Loop(TimeSpan.FromSeconds(30), time, log)
{
    protected override async Task<object?> RoundAsync(CancellationToken cancel)
    {
        await state.RefreshAsync(cancel);
        return null;
    }
}
