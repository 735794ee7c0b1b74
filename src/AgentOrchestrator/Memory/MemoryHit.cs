namespace AgentOrchestrator.Memory;

/// <summary>Something that is remembered and was found.</summary>
/// <param name="Source"><c>buffer</c> or <c>long_term</c>.</param>
/// <param name="Distance">From 0, which has every word that was looked for, to 1.</param>
/// <param name="Metadata">What it was stored with.</param>
public sealed record MemoryHit(string Text, string Source, double Distance, IReadOnlyDictionary<string, string> Metadata);
