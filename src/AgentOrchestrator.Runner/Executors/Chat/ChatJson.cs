using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOrchestrator.Runner.Executors.Chat;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = ChatJson.MaxDepth)]
[JsonSerializable(typeof(JournalLine))]
[JsonSerializable(typeof(RetryNotice))]
[JsonSerializable(typeof(ForeignResult))]
[JsonSerializable(typeof(string))]
sealed partial class ChatJson : JsonSerializerContext
{
    /// <summary>Tools answer with JSON as deep as they like.</summary>
    public const int MaxDepth = 256;

    static readonly Lazy<ChatJson> s_plain = new(() => new ChatJson(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = MaxDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }));

    /// <summary>No escapes for what is not ASCII, which would treble the room that it takes.</summary>
    public static ChatJson Plain => s_plain.Value;
}
