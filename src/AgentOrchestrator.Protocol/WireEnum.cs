using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol;

/// <summary>Enums as snake_case words, on the wire and in the databases.</summary>
public sealed class WireEnum<T> : JsonConverter<T>
    where T : struct, Enum
{
    static readonly FrozenDictionary<T, string> s_words =
        Enum.GetValues<T>().ToFrozenDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

    static readonly FrozenDictionary<string, T> s_values = s_words.ToFrozenDictionary(p => p.Value, p => p.Key);

    public static string Text(T value) => s_words[value];

    public static bool TryParse(string? word, out T value)
    {
        value = default;
        return word is not null && s_values.TryGetValue(word, out value);
    }

    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/> for an unknown word; lists the known ones.</exception>
    public static T Parse(string word, string field) =>
        s_values.TryGetValue(word, out var value)
            ? value
            : throw new ProductException(ErrorCode.Invalid, $"{field} must be one of: {string.Join(", ", s_values.Keys.Order())}");

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && s_values.TryGetValue(reader.GetString()!, out var value)
            ? value
            : throw new JsonException($"expected one of: {string.Join(", ", s_values.Keys.Order())}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(s_words[value]);
}
