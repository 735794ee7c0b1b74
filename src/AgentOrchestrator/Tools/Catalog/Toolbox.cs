namespace AgentOrchestrator.Tools.Catalog;

/// <summary>All that an agent may call now.</summary>
/// <param name="Tools">Those of the program first, then those of its assigned server, then those of its own servers.</param>
/// <param name="Faults">By the key of a server that could not be asked: why.</param>
public sealed record Toolbox(IReadOnlyList<CatalogTool> Tools, IReadOnlyDictionary<string, string> Faults);
