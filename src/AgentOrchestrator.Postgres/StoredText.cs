using System.Buffers;
using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Postgres;

/// <summary>Text of people and models, as PostgreSQL can hold it: NUL and lone halves of surrogate pairs are escaped.</summary>
static class StoredText
{
    // SUBSTITUTE, which nobody types; followed by the four hex digits of what it stands for.
    const char Escape = '\u001a';

    static readonly SearchValues<char> s_suspects = SearchValues.Create(
        ['\0', Escape, .. Enumerable.Range(char.MinValue + 0xD800, 0x800).Select(c => (char)c)]);

    public static string Encode(string text)
    {
        var first = text.AsSpan().IndexOfAny(s_suspects);
        if (first < 0)
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (var i = first; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                encoded.Append(c).Append(text[++i]);
            }
            else if (c is '\0' or Escape || char.IsSurrogate(c))
            {
                encoded.Append(Escape).Append(((int)c).ToString("x4"));
            }
            else
            {
                encoded.Append(c);
            }
        }

        return encoded.ToString();
    }

    public static string Decode(string text)
    {
        var next = text.IndexOf(Escape);
        if (next < 0)
        {
            return text;
        }

        var decoded = new StringBuilder(text.Length);
        var from = 0;
        for (; next >= 0 && next + 5 <= text.Length; next = text.IndexOf(Escape, from))
        {
            decoded.Append(text, from, next - from).Append((char)ushort.Parse(text.AsSpan(next + 1, 4), NumberStyles.HexNumber));
            from = next + 5;
        }

        return decoded.Append(text, from, text.Length - from).ToString();
    }
}
