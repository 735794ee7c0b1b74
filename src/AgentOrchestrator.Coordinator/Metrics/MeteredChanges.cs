using AgentOrchestrator.Coordinator.Live;

namespace AgentOrchestrator.Coordinator.Metrics;

/// <summary>Counts what this process commits on its way to the listeners; what other nodes commit, they count themselves.</summary>
public sealed class MeteredChanges(EngineMeter meter, ChangeHub hub) : IChangeSink
{
    public void Committed(IReadOnlyList<Change> changes)
    {
        meter.Note(changes);
        hub.Committed(changes);
    }

    public void Heard(IReadOnlyList<Change> changes) => hub.Committed(changes);
}
