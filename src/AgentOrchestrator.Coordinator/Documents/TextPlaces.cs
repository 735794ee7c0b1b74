namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Where characters stand in a text, found in one pass and without decoding it: its bytes stay what they are.</summary>
/// <remarks>A character is a code point; in text that is not UTF-8 each byte is one.</remarks>
/// <param name="FromByte">Where the first of them begins.</param>
/// <param name="ToByte">Where the one behind the last begins.</param>
/// <param name="From">Not more than there are.</param>
/// <param name="Total">All characters of the text.</param>
public sealed record TextPlaces(long FromByte, long ToByte, long From, long To, long Total)
{
    const int BufferBytes = 128 * 1024;

    public static async Task<TextPlaces> FindAsync(Stream text, bool isUtf8, long from, long to, CancellationToken cancel)
    {
        var buffer = new byte[BufferBytes];
        var (total, bytes) = (0L, 0L);
        (long? fromByte, long? toByte) = (null, null);
        for (int read; (read = await text.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0; bytes += read)
        {
            var starts = Count(buffer.AsSpan(0, read), isUtf8);
            fromByte ??= from < total + starts ? bytes + IndexOf(buffer.AsSpan(0, read), isUtf8, from - total) : null;
            toByte ??= to < total + starts ? bytes + IndexOf(buffer.AsSpan(0, read), isUtf8, to - total) : null;
            total += starts;
        }

        return new TextPlaces(fromByte ?? bytes, toByte ?? bytes, Math.Min(from, total), Math.Min(to, total), total);
    }

    static int Count(ReadOnlySpan<byte> bytes, bool isUtf8)
    {
        if (!isUtf8) { return bytes.Length; }

        var starts = 0;
        foreach (var one in bytes) { starts += IsStart(one) ? 1 : 0; }
        return starts;
    }

    static int IndexOf(ReadOnlySpan<byte> bytes, bool isUtf8, long character)
    {
        if (!isUtf8) { return (int)character; }

        for (var at = 0; ; at++)
        {
            if (IsStart(bytes[at]) && character-- == 0) { return at; }
        }
    }

    static bool IsStart(byte one) => (one & 0xC0) != 0x80;
}
