using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Of everything in an entry of a log, so that a byte that flips on a disk shows although the entry can still be read.</summary>
/// <remarks>Sequence and instant are mixed in last, by what a database can do as well: PostgreSQL learns of them in the statement that inserts.</remarks>
public static class LogChecksum
{
    const long Spread = 2_654_435_761;

    /// <summary>CRC-32C of what is known before the entry has its place.</summary>
    public static uint OfContent(string type, string timestamp, string? runId, string? actor, ReadOnlySpan<byte> body)
    {
        var crc = Add(Add(Add(Add(uint.MaxValue, type), timestamp), runId), actor);
        return ~Add(crc, body);
    }

    public static uint OfContent(NewEvent e) => OfContent(e.Type, e.Timestamp, e.RunId, e.Actor, e.Body.Span);

    public static uint At(uint content, long seq, DateTimeOffset recordedAt)
    {
        var place = (seq * Spread) ^ WireTime.ToMicroseconds(recordedAt);
        return content ^ (uint)place ^ (uint)(place >> 32);
    }

    static uint Add(uint crc, string? text)
    {
        if (text is null)
        {
            return BitOperations.Crc32C(crc, (byte)0);
        }

        crc = BitOperations.Crc32C(crc, (byte)1);
        if (Ascii.IsValid(text))
        {
            crc = Add(crc, MemoryMarshal.AsBytes(text.AsSpan()));
        }
        else
        {
            // Half a surrogate pair counts as what a database makes of it.
            foreach (var rune in text.EnumerateRunes())
            {
                crc = BitOperations.Crc32C(crc, (uint)rune.Value);
            }
        }

        return BitOperations.Crc32C(crc, (byte)2);
    }

    static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
