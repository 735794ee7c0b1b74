using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>One entry of a session's log, as stored.</summary>
public sealed record LogEntry
{
    public required long Id { get; init; }
    public required long Seq { get; init; }
    public required string Type { get; init; }

    /// <summary>The poster's own text.</summary>
    public required string Timestamp { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
    public string? RunId { get; init; }
    public string? Actor { get; init; }

    /// <summary>The <see cref="EventFields"/> as compact JSON.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>As it was written with the entry; null for one that was not read from a database.</summary>
    public uint? Checksum { get; init; }

    /// <summary>Whether it is what was written. Readers of a log get it either way; what leaves as an archive must be.</summary>
    public bool IsWhole() =>
        Checksum is not { } written || written == LogChecksum.At(LogChecksum.OfContent(Type, Timestamp, RunId, Actor, Body.Span), Seq, RecordedAt);

    public EventFields ReadFields() => JsonSerializer.Deserialize(Body.Span, CompactJson.Default.EventFields)!;
}

/// <summary>An event on its way into a log.</summary>
public sealed record NewEvent
{
    public required string Type { get; init; }
    public required string Timestamp { get; init; }
    public string? RunId { get; init; }
    public string? Actor { get; init; }
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True where the result of a session may be read from it: <c>result</c>, and messages of the assistant.</summary>
    public bool IsResult { get; init; }

    /// <summary>The status it gives to a session without a live or queued run; null for most types.</summary>
    public SessionStatus? StatusWithoutRuns { get; init; }

    public static NewEvent Of(
        string type, EventFields fields, DateTimeOffset now, string? timestamp = null, string? runId = null, string? actor = null) => new()
        {
            Type = type,
            Timestamp = timestamp ?? WireTime.Text(now),
            RunId = runId,
            Actor = actor,
            Body = JsonSerializer.SerializeToUtf8Bytes(fields, CompactJson.Default.EventFields),
            IsResult = type is EventTypes.Result || (type is EventTypes.Message && fields.Role is "assistant"),
            StatusWithoutRuns = type switch
            {
                EventTypes.SessionStart => SessionStatus.Running,
                EventTypes.SessionStop => SessionStatus.Finished,
                _ => null,
            },
        };

    /// <summary>The same event without the secrets in it.</summary>
    public NewEvent Redacted(Redactor redactor) =>
        this with { Timestamp = redactor.Redact(Timestamp), Body = redactor.RedactJson(Body.Span, isEnvelope: true) ?? Body };
}

/// <summary>The place that appended events got.</summary>
public sealed record Appended(long FirstSeq, long LastSeq);
