using System.Buffers.Text;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Where an event comes from: the place of a line in a program's output, and the how manieth event of that line.</summary>
readonly record struct SpoolMark(long Position, int Index) : IComparable<SpoolMark>
{
    /// <summary>Of the event that says that the run has ended.</summary>
    public static SpoolMark End { get; } = new(long.MaxValue, 0);

    public int CompareTo(SpoolMark other) => (Position, Index).CompareTo((other.Position, other.Index));

    public static bool operator <(SpoolMark left, SpoolMark right) => left.CompareTo(right) < 0;

    public static bool operator >(SpoolMark left, SpoolMark right) => left.CompareTo(right) > 0;

    public static bool operator <=(SpoolMark left, SpoolMark right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SpoolMark left, SpoolMark right) => left.CompareTo(right) >= 0;

    /// <summary>As it stands behind an ordinal: <c>@position.index</c>.</summary>
    public override string ToString() => $"@{Position}.{Index}";

    /// <returns>True for a mark and for nothing at all.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out SpoolMark? mark)
    {
        mark = null;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text[0] != '@' || !Utf8Parser.TryParse(text[1..], out long position, out var digits) || digits + 2 > text.Length || text[digits + 1] != '.'
            || !Utf8Parser.TryParse(text[(digits + 2)..], out int index, out var rest) || digits + 2 + rest != text.Length)
        {
            return false;
        }

        mark = new SpoolMark(position, index);
        return true;
    }
}
