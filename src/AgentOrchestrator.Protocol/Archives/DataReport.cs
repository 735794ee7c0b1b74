namespace AgentOrchestrator.Protocol.Archives;

/// <summary>What <c>ao verify</c> says of a data folder.</summary>
public sealed record DataReport(bool Ok, long Sessions, long Events, IReadOnlyList<DataFinding> Findings);

/// <param name="Kind">One word: <c>file</c>, <c>sequence</c>, <c>event</c>, <c>live_runs</c>, <c>run_end</c>, <c>callback</c>, <c>orphan</c>, <c>body</c>.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record DataFinding(string Kind, string What, string Remedy);
