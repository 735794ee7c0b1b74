using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>Plain text in both directions: a prompt in, whole messages out, whose speaker stands before them in brackets unless it is the default agent.</summary>
/// <param name="via">The connection: what came over it is not told to it.</param>
sealed class PlainTongue(string defaultAgent, string via) : IRoomTongue
{
    const string Notice = "⚠️ ";

    public RoomRequest? Read(ReadOnlySpan<byte> frame)
    {
        var text = Encoding.UTF8.GetString(frame).Trim();
        return text switch
        {
            "" => null,
            "/unlock" => new RoomRequest { Type = "unlock" },
            "/clear" => new RoomRequest { Type = "clear" },
            _ when text.StartsWith("/lock ", StringComparison.Ordinal) => new RoomRequest { Type = "lock", Agent = text[6..].Trim() },
            ['{', ..] when Message(frame) is { } message => new RoomRequest { Type = "message", Text = message },
            _ => new RoomRequest { Type = "message", Text = text },
        };
    }

    public ReadOnlyMemory<byte>? Welcome(Room room, string defaultAgent) => null;

    public ReadOnlyMemory<byte>? Say(RoomFrame frame) => frame switch
    {
        { Type: "message", Agent: { } agent } when string.Equals(agent, defaultAgent, StringComparison.OrdinalIgnoreCase) => Bytes(frame.Text!),
        { Type: "message", Agent: { } agent } => Bytes($"[{Title(agent)}]: {frame.Text}"),
        { Type: "message", Reason: var from } when from == via => null,
        { Type: "message" } => Bytes($"[{frame.Sender}]: {frame.Text}"),
        { Type: "notice" } => Bytes(Notice + frame.Text),
        { Type: "gap" } => Bytes($"{Notice}Messages {frame.From} to {frame.To} are not kept any more."),
        _ => null,
    };

    public ReadOnlyMemory<byte>? Refuse(ProductException error) => Bytes(Notice + error.Message);

    static string Title(string agent) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(agent);

    static ReadOnlyMemory<byte>? Bytes(string text) => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text));

    /// <summary>Of a whole frame that is an object with that member; anything else is text.</summary>
    static string? Message(ReadOnlySpan<byte> frame)
    {
        try
        {
            return JsonSerializer.Deserialize(frame, RoomJson.Default.RoomRequest)?.Message;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
