namespace AgentOrchestrator.Protocol.Runners;

/// <summary>What an agent's model costs, in US dollars for a million tokens, so that a run can be held to its budget.</summary>
/// <param name="CachedInput">As <paramref name="Input"/> where null.</param>
public sealed record ModelRate(decimal Input, decimal Output, decimal? CachedInput);
