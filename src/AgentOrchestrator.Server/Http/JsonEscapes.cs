using System.Globalization;

namespace AgentOrchestrator.Server.Http;

/// <summary>Looks at the <c>\u</c> escapes of a JSON string whose grammar was checked already.</summary>
static class JsonEscapes
{
    public enum Verdict
    {
        Fine,
        Nul,
        LoneSurrogate,
    }

    const int HexDigits = 4;

    public static Verdict Judge(ReadOnlySpan<byte> raw)
    {
        var verdict = Verdict.Fine;
        for (var at = raw.IndexOf((byte)'\\'); at >= 0 && at < raw.Length;)
        {
            var unit = CodeUnit(raw, at);
            at += unit is null ? 2 : 2 + HexDigits;
            if (unit is '\0')
            {
                verdict = Verdict.Nul;
            }
            else if (unit is { } high && char.IsHighSurrogate(high))
            {
                if (CodeUnit(raw, at) is not { } low || !char.IsLowSurrogate(low))
                {
                    return Verdict.LoneSurrogate;
                }

                at += 2 + HexDigits;
            }
            else if (unit is { } lone && char.IsLowSurrogate(lone))
            {
                return Verdict.LoneSurrogate;
            }

            var next = at < raw.Length ? raw[at..].IndexOf((byte)'\\') : -1;
            at = next < 0 ? -1 : at + next;
        }

        return verdict;
    }

    /// <summary>The UTF-16 unit of a <c>\uXXXX</c> that begins here; null for other escapes and plain text.</summary>
    static char? CodeUnit(ReadOnlySpan<byte> raw, int at) =>
        at + 1 < raw.Length && raw[at] is (byte)'\\' && raw[at + 1] is (byte)'u'
        && ushort.TryParse(raw.Slice(at + 2, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
