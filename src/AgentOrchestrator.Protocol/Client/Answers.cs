using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>The two answers that scripts ask for most, read by hand: setting up a serializer costs more than the request.</summary>
static class Answers
{
    public static SessionStatusAnswer ReadStatus(byte[] json)
    {
        string? status = null, waiting = null;
        var reader = new Utf8JsonReader(json);
        while (NextMember(ref reader) is { } name)
        {
            switch (name)
            {
                case "status":
                    status = reader.GetString();
                    break;
                case "waiting_reason":
                    waiting = reader.GetString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SessionStatusAnswer(status ?? throw new JsonException("status is missing")) { WaitingReason = waiting };
    }

    public static SessionResult ReadResult(byte[] json)
    {
        string? result = null, text = null;
        JsonElement? data = null;
        long? seq = null;
        var reader = new Utf8JsonReader(json);
        while (NextMember(ref reader) is { } name)
        {
            switch (name)
            {
                case "result":
                    result = reader.GetString();
                    break;
                case "result_text":
                    text = reader.GetString();
                    break;
                case "result_data" when reader.TokenType is not JsonTokenType.Null:
                    data = JsonElement.ParseValue(ref reader);
                    break;
                case "seq" when reader.TokenType is JsonTokenType.Number:
                    seq = reader.GetInt64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SessionResult(result, text, data) { Seq = seq };
    }

    /// <summary>Goes to the value of the next member of the outermost object; null at its end.</summary>
    static string? NextMember(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.None && (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject))
        {
            return null;
        }

        if (!reader.Read() || reader.TokenType is not JsonTokenType.PropertyName)
        {
            return null;
        }

        var name = reader.GetString();
        reader.Read();
        return name;
    }
}
