using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Http;

/// <summary>Query values, each once or not at all; a wrong one is refused, never guessed.</summary>
static class QueryValues
{
    public const int MaxLimit = 1_000;

    /// <summary>How many a page holds; null for everything.</summary>
    public static int? ReadLimit(this HttpRequest request) =>
        request.ReadWord("limit") is not { } text
            ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
                ? limit
                : throw Wrong($"limit must be a number from 1 to {MaxLimit}");

    /// <summary>The sequence after which a page of a log begins; 0 for the whole log.</summary>
    public static long ReadAfter(this HttpRequest request) =>
        request.ReadWord("after") is not { } text
            ? 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
                ? seq
                : throw Wrong("after must be a sequence: 0 or a whole number above it");

    /// <summary>The sequence below which a page begins; null for the newest.</summary>
    public static long? ReadBefore(this HttpRequest request) => request.ReadWord("before") is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq
        : throw Wrong("before must be a sequence: a whole number");

    public static PageKey? ReadCursor(this HttpRequest request) =>
        request.ReadWord("cursor") is { } text ? PageKey.FromCursor(text) : null;

    public static T? ReadWord<T>(this HttpRequest request, string name)
        where T : struct, Enum =>
        request.ReadWord(name) is not { } text
            ? null
            : WireEnum<T>.TryParse(text, out var value)
                ? value
                : throw Wrong($"{name} must be one of: {string.Join(", ", Enum.GetValues<T>().Select(WireEnum<T>.Text))}");

    public static bool ReadFlag(this HttpRequest request, string name) => request.ReadWord(name)?.ToLowerInvariant() switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        _ => throw Wrong($"{name} must be true or false"),
    };

    public static string? ReadWord(this HttpRequest request, string name)
    {
        var values = request.Query[name];
        return values.Count switch
        {
            0 => null,
            1 when values[0] is { Length: > 0 } text => text,
            _ => throw Wrong($"{name} must be given once, with a value"),
        };
    }

    static ProductException Wrong(string message) => new(ErrorCode.Malformed, message);
}
