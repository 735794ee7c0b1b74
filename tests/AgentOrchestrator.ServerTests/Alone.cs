namespace AgentOrchestrator.ServerTests;

/// <summary>Tests that would take the machine from others beside them run one after another, when the others are done.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
