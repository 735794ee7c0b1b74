using System.Buffers.Text;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>
/// Replaces halves of surrogate pairs that are escaped in JSON. JavaScript writes them where it has cut a text inside an emoji;
/// they are legal JSON, but no .NET string can be read from them.
/// </summary>
static class LoneSurrogates
{
    const int EscapeLength = 6;

    public static void Replace(Span<byte> json)
    {
        for (var at = json.IndexOf((byte)'\\'); at >= 0 && at < json.Length; at = Next(json, at))
        {
            if (UnitAt(json, at) is not { } unit || !char.IsSurrogate(unit)) { continue; }

            var isPair = char.IsHighSurrogate(unit) && UnitAt(json, at + EscapeLength) is { } low && char.IsLowSurrogate(low);
            if (!isPair) { "\\ufffd"u8.CopyTo(json[at..]); }
        }
    }

    // From one backslash to the next that begins an escape; a pair is passed over as one.
    static int Next(ReadOnlySpan<byte> json, int at)
    {
        var end = at + 2;
        if (UnitAt(json, at) is { } unit) { end = at + (char.IsHighSurrogate(unit) ? 2 : 1) * EscapeLength; }
        if (end >= json.Length) { return -1; }

        var next = json[end..].IndexOf((byte)'\\');
        return next < 0 ? -1 : end + next;
    }

    static char? UnitAt(ReadOnlySpan<byte> json, int at)
    {
        if (at + EscapeLength > json.Length || json[at] != '\\' || json[at + 1] != 'u') { return null; }

        return Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort unit, out var read, 'x') && read == 4 ? (char)unit : null;
    }
}
