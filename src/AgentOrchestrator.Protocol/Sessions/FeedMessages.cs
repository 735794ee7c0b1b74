using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>The data of a <c>delta</c> frame of <c>GET /sessions/{id}/feed</c>.</summary>
public sealed record FeedDeltas(string RunId, IReadOnlyList<TextDelta> Deltas);

/// <summary>The data of a <c>gap</c> frame: these sequences were pruned.</summary>
public sealed record FeedGap(long From, long To);
