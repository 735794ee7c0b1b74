using System.Globalization;
using System.Text;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Names that are the same on every system, and lead nowhere but below the folder that they are put in.</summary>
public static class DocumentNames
{
    public const int MaxLength = 1_024;
    public const int MaxSegmentBytes = 255;

    /// <exception cref="ProductException">Invalid, saying what is wrong with it.</exception>
    public static string Require(string filename)
    {
        if (filename.Length > MaxLength) { throw Wrong($"filename must be at most {MaxLength} characters, this is {filename.Length}"); }
        if (filename.EnumerateRunes().Any(IsHidden)) { throw Wrong("filename must not contain control characters, or marks that turn the direction of text"); }
        if (filename.Contains('\\', StringComparison.Ordinal)) { throw Wrong("filename must have / between its parts, not \\"); }

        foreach (var segment in filename.Split('/')) { RequireSegment(segment); }
        return filename;
    }

    public static bool IsSafe(string filename)
    {
        try
        {
            Require(filename);
            return true;
        }
        catch (ProductException)
        {
            return false;
        }
    }

    static void RequireSegment(string segment)
    {
        if (segment is "" or "." or "..") { throw Wrong("filename must be relative, without empty parts, '.' and '..'"); }
        if (segment.EndsWith('.') || segment.EndsWith(' ') || segment.StartsWith(' ')) { throw Wrong("no part of filename may begin with a space, or end with one or with a dot"); }
        if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes) { throw Wrong($"each part of filename must be at most {MaxSegmentBytes} bytes"); }
    }

    static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune == Rune.ReplacementChar
        || rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);
}
