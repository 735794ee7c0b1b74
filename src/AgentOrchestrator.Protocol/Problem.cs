using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol;

/// <summary><c>application/problem+json</c>. <c>detail</c> is text, so that clients of the seeds read it.</summary>
public sealed record Problem
{
    public required string Type { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }
    public required string Code { get; init; }

    /// <summary>False beside <see cref="Error"/>, on routes whose older clients look for the two; missing elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Ok { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Instance { get; init; }
    [JsonPropertyName("traceId")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TraceId { get; init; }
}

/// <summary><c>GET /health</c>.</summary>
public sealed record Health(string Status, string Service, bool DbConnected);
