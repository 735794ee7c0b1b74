using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>One line of Claude Code's stream-json output. Only the members that we use; all others are ignored.</summary>
abstract record ClaudeLine
{
    public sealed record Init(string? SessionId, string? Model, IReadOnlyList<ClaudeMcpServer>? McpServers) : ClaudeLine;

    /// <summary>A message of the model; each line carries one content block.</summary>
    public sealed record Assistant(ClaudeMessage? Message, string? ParentToolUseId) : ClaudeLine;

    /// <summary>Tool results, in the user's role.</summary>
    /// <param name="ToolUseResult">The result as the tool made it: an object, or on failure a text.</param>
    public sealed record User(ClaudeMessage? Message, JsonElement? ToolUseResult, string? ParentToolUseId) : ClaudeLine;

    public sealed record Partial(ClaudeStreamEvent? Event, string? ParentToolUseId) : ClaudeLine;

    public sealed record Retry(int Attempt, int MaxRetries, double RetryDelayMs, int? ErrorStatus, string? Error) : ClaudeLine;

    public sealed record Result : ClaudeLine
    {
        public string? SessionId { get; init; }
        public bool IsError { get; init; }

        [JsonPropertyName("result")]
        public string? Text { get; init; }
        public IReadOnlyList<string>? Errors { get; init; }
        public JsonElement? StructuredOutput { get; init; }
        public int? NumTurns { get; init; }
        public double? DurationMs { get; init; }
        public int? ApiErrorStatus { get; init; }
        public string? TerminalReason { get; init; }
        public decimal? TotalCostUsd { get; init; }
        public ClaudeUsage? Usage { get; init; }

        /// <summary>By model, subagents included. Unlike <see cref="TotalCostUsd"/> it leaves out what earlier runs of a resumed session used.</summary>
        public IReadOnlyDictionary<string, ClaudeModelUsage>? ModelUsageSinceLastResult { get; init; }
    }

    /// <summary>A kind of line that says nothing we show.</summary>
    public sealed record Other(string? Type) : ClaudeLine;

    /// <summary>Not JSON, or not of the shape that its type has.</summary>
    public sealed record Unreadable(string Why) : ClaudeLine;
}

sealed record ClaudeMcpServer(string? Name, string? Status);

/// <param name="Model"><c>&lt;synthetic&gt;</c> when the program itself speaks, not a model.</param>
sealed record ClaudeMessage(string? Model, JsonElement Content);

sealed record ClaudeStreamEvent(string? Type, ClaudeStreamDelta? Delta);

sealed record ClaudeStreamDelta(string? Type, string? Text, string? Thinking);

sealed record ClaudeUsage(long? InputTokens, long? CacheReadInputTokens, long? CacheCreationInputTokens, long? OutputTokens);

/// <summary>Unlike everything else on these lines, in camel case.</summary>
sealed record ClaudeModelUsage(
    [property: JsonPropertyName("inputTokens")] long? InputTokens,
    [property: JsonPropertyName("cacheReadInputTokens")] long? CacheReadInputTokens,
    [property: JsonPropertyName("cacheCreationInputTokens")] long? CacheCreationInputTokens,
    [property: JsonPropertyName("outputTokens")] long? OutputTokens,
    [property: JsonPropertyName("costUSD")] decimal? CostUsd);
