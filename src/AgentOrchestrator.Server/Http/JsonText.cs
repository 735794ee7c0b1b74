using System.Text.Json;
using System.Text.Unicode;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Http;

/// <summary>What every JSON text must be before its values are looked at, known members or not.</summary>
static class JsonText
{
    /// <exception cref="ProductException">
    /// Malformed for bad UTF-8, comments, trailing data, more than 32 levels, a key twice in one object, half a surrogate pair;
    /// Invalid, naming the member, for a NUL character, which no database keeps.
    /// </exception>
    public static void Check(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            throw Malformed("it is empty");
        }

        if (!Utf8.IsValid(text))
        {
            throw Malformed("it is not UTF-8");
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
        var place = new JsonPlace();
        try
        {
            while (reader.Read())
            {
                Check(ref reader, text, place);
            }
        }
        catch (JsonException wrong)
        {
            throw Malformed(
                $"line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}: not JSON, or more than {ProtocolJson.MaxDepth} levels deep", wrong);
        }
    }

    static void Check(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, JsonPlace place)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                place.Enter(reader.TokenType is JsonTokenType.StartArray);
                return;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                place.Leave();
                return;
            case JsonTokenType.PropertyName:
                CheckEscapes(ref reader, place);
                var start = (int)reader.TokenStartIndex + 1;
                if (!place.TakeKey(text, new Range(start, start + reader.ValueSpan.Length), reader.ValueIsEscaped))
                {
                    throw Malformed($"the key '{place.Describe(text)}' is there twice");
                }

                return;
            case JsonTokenType.String:
                place.NextItem();
                CheckEscapes(ref reader, place, text);
                return;
            default:
                place.NextItem();
                return;
        }
    }

    static void CheckEscapes(ref Utf8JsonReader reader, JsonPlace place, ReadOnlySpan<byte> text = default)
    {
        if (!reader.ValueIsEscaped)
        {
            return;
        }

        switch (JsonEscapes.Judge(reader.ValueSpan))
        {
            case JsonEscapes.Verdict.LoneSurrogate:
                throw Malformed("a \\u escape is half of a surrogate pair");
            case JsonEscapes.Verdict.Nul when text.IsEmpty:
                throw new ProductException(ErrorCode.Invalid, "a key must not contain the NUL character");
            case JsonEscapes.Verdict.Nul:
                throw new ProductException(ErrorCode.Invalid, $"{place.Describe(text)} must not contain the NUL character");
        }
    }

    static ProductException Malformed(string what, Exception? inner = null) =>
        new(ErrorCode.Malformed, $"the body cannot be read as JSON: {what}", inner: inner);
}
