namespace AgentOrchestrator.Coordinator.Tools;

/// <summary>One call of a tool: who, what, when and how, and nothing of what was said.</summary>
/// <param name="Actor">Who asked, as the audit names it.</param>
/// <param name="Outcome">A word: <c>ok</c>, <c>refused</c>, <c>failed</c>, <c>server_fault</c>, <c>timed_out</c>, <c>cancelled</c>.</param>
/// <param name="InputBytes">Of the arguments, as JSON.</param>
/// <param name="OutputBytes">Of the result or the error, as JSON.</param>
public sealed record ToolCallRecord(
    string Org, string Agent, string? RunId, string? SessionId, string Actor, string Server, string Tool, string Outcome,
    DateTimeOffset StartedAt, long DurationMs, long InputBytes, long OutputBytes);

/// <param name="Seq">Rises with each call that is noted, of all orgs.</param>
public sealed record NotedToolCall(long Seq, ToolCallRecord Call);

/// <summary>Which calls; null for any.</summary>
public sealed record ToolCallFilter(string? Agent = null, string? RunId = null, string? Server = null);

/// <summary>How a tool described itself when it was accepted.</summary>
/// <param name="PinId">Stands for its server and its name.</param>
/// <param name="Definition">JSON.</param>
/// <param name="AcceptedBy">Who accepted it; null for one that was pinned when it was first seen.</param>
public sealed record ToolPin(string PinId, string Definition, string? AcceptedBy);
