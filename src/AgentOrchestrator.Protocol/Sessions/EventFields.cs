using System.Text.Json;

namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>What an event says, apart from its envelope. Unset members are left out of the stored body.</summary>
public record EventFields
{
    public string? ToolName { get; init; }
    public string? ToolUseId { get; init; }
    public JsonElement? ToolInput { get; init; }
    public JsonElement? ToolOutput { get; init; }
    public string? Error { get; init; }
    public int? ExitCode { get; init; }
    public string? Reason { get; init; }
    public string? Role { get; init; }

    /// <summary>An array of content blocks, such as <c>[{"type":"text","text":"…"}]</c>.</summary>
    public JsonElement? Content { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }

    /// <summary>Tokens and cost of a result, see <see cref="Runs.RunUsage"/>.</summary>
    public Runs.RunUsage? Usage { get; init; }

    /// <summary>Anything else that a type of ours carries (child session, runner, attempt).</summary>
    public JsonElement? Data { get; init; }
}

/// <summary>An event as clients, executors and runners post it.</summary>
public sealed record PostEvent : EventFields
{
    public string? EventType { get; init; }
    public string? SessionId { get; init; }
    public string? SessionName { get; init; }

    /// <summary>The poster's own time, kept as text and never used for order; the server's when missing.</summary>
    public string? Timestamp { get; init; }
}

/// <summary>An event as every route and feed shows it. The seeds' members are always present, null if unset.</summary>
public sealed record EventView : EventFields
{
    /// <summary>A row number, for clients that want one; says nothing about order.</summary>
    public required long Id { get; init; }

    /// <summary>1, 2, 3 … within the session, without gaps: the order of the log.</summary>
    public required long Seq { get; init; }
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public required string EventType { get; init; }
    public required string Timestamp { get; init; }
    public DateTimeOffset RecordedAt { get; init; }
    public string? RunId { get; init; }

    /// <summary>Who caused it, as the server knows: a principal such as <c>person:owner</c> or <c>runner:lnch_…</c>.</summary>
    public string? Actor { get; init; }
}

public sealed record EventList(IReadOnlyList<EventView> Events)
{
    /// <summary>The sequence to ask <c>after</c> for the next page; null when the log ends here.</summary>
    public long? NextAfter { get; init; }

    /// <summary>The sequences between these events that were pruned; left out where there are none.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FeedGap>? Gaps { get; init; }
}

/// <summary>The answer to a posted event: its place in the log.</summary>
public sealed record EventPosted(bool Ok, long Seq);

public sealed record Ok
{
    public static readonly Ok Yes = new();

    [System.Text.Json.Serialization.JsonPropertyName("ok")]
    public bool IsOk { get; init; } = true;
}
