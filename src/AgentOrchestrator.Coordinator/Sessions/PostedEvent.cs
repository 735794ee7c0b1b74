using System.Collections.Frozen;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Turns an event from outside into one that a log may hold.</summary>
public static class PostedEvent
{
    /// <summary>Of the values inside an event; leaves room for the levels that lists and feeds put around it.</summary>
    const int MaxDepth = ProtocolJson.MaxDepth - 6;

    /// <summary>What only the coordinator writes, so that no client can forge the end of a run.</summary>
    static readonly FrozenSet<string> s_reserved = FrozenSet.Create(
        EventTypes.RunQueued, EventTypes.RunStart, EventTypes.RunCompleted, EventTypes.RunFailed, EventTypes.RunStopped,
        EventTypes.RunRequeued, EventTypes.RunStopping, EventTypes.LateReport, EventTypes.AgentQuarantined, EventTypes.Callback, EventTypes.CallbackDropped,
        EventTypes.SessionImported, EventTypes.RoomMessage, EventTypes.RoomRouted, EventTypes.RoomNotice, EventTypes.RoomLocked, EventTypes.RoomCleared);

    /// <exception cref="ProductException">Invalid, naming the field.</exception>
    public static NewEvent Accept(PostEvent posted, DateTimeOffset now, string actor, string? runId = null)
    {
        var type = FreeText.RequireWord(posted.EventType, "event_type");
        if (s_reserved.Contains(type))
        {
            throw Wrong($"event_type '{type}' is written by the coordinator alone");
        }

        if (posted.SessionName is { } name)
        {
            Names.Require(name, "session_name");
        }

        FreeText.Check(posted.Timestamp, "timestamp", FreeText.MaxTimestampLength);
        RequireShape(posted);
        var accepted = NewEvent.Of(type, FieldsOf(posted), now, posted.Timestamp, runId, actor);
        RequireDepth(accepted.Body.Span);
        return accepted;
    }

    /// <summary>An entry of a log that was exported, of any type.</summary>
    /// <exception cref="ProductException">Invalid, naming the field.</exception>
    public static NewEvent AcceptImported(EventView logged, string? runId)
    {
        var type = FreeText.RequireWord(logged.EventType, "event_type");
        FreeText.Check(logged.Timestamp, "timestamp", FreeText.MaxTimestampLength);
        RequireShape(logged);
        var accepted = NewEvent.Of(type, FieldsOf(logged), logged.RecordedAt, logged.Timestamp, runId, logged.Actor);
        RequireDepth(accepted.Body.Span);
        return accepted;
    }

    static void RequireShape(EventFields posted)
    {
        if (posted.ToolInput is { ValueKind: not JsonValueKind.Object })
        {
            throw Wrong("tool_input must be an object");
        }

        if (posted.Content is { } content
            && (content.ValueKind is not JsonValueKind.Array
                || content.EnumerateArray().Any(block => block.ValueKind is not JsonValueKind.Object)))
        {
            throw Wrong("content must be an array of objects");
        }
    }

    static void RequireDepth(ReadOnlySpan<byte> body)
    {
        if (body.Count((byte)'{') + body.Count((byte)'[') <= MaxDepth)
        {
            return;
        }

        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.CurrentDepth > MaxDepth)
            {
                throw Wrong($"the values of an event may nest at most {MaxDepth} levels");
            }
        }
    }

    static EventFields FieldsOf(EventFields posted) => new()
    {
        ToolName = posted.ToolName,
        ToolUseId = posted.ToolUseId,
        ToolInput = posted.ToolInput,
        ToolOutput = posted.ToolOutput,
        Error = posted.Error,
        ExitCode = posted.ExitCode,
        Reason = posted.Reason,
        Role = posted.Role,
        Content = posted.Content,
        ResultText = posted.ResultText,
        ResultData = posted.ResultData,
        Usage = posted.Usage,
        Data = posted.Data,
    };

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);
}
