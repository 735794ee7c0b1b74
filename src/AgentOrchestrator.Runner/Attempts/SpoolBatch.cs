namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Consecutive events as they lie in the spool, each one JSON text.</summary>
/// <param name="End">Where the spool goes on behind them.</param>
sealed record SpoolBatch(long FirstOrdinal, IReadOnlyList<ReadOnlyMemory<byte>> Events, long End)
{
    public long NextOrdinal => FirstOrdinal + Events.Count;
}
