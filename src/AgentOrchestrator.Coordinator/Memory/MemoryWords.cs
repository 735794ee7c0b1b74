using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>The words that a text is found by: the same on both databases, and nothing in them means anything to either.</summary>
/// <remarks>
/// Runs of letters, digits and their marks in lower case. Writing without spaces has no words to see, so each of its signs is one; so is each symbol,
/// such as an emoji.
/// </remarks>
public static class MemoryWords
{
    /// <summary>A longer run is cut, at the same place in what is stored and what is asked.</summary>
    public const int MaxLength = 64;

    /// <summary>Each once, in the order of the text.</summary>
    /// <param name="most">How many; the rest is not looked at.</param>
    public static IReadOnlyList<string> Of(string text, int most = int.MaxValue)
    {
        var words = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var kind = KindOf(rune);
            if (kind is not Kind.Part) { End(words, word); }
            if (kind is Kind.Whole) { words.TryAdd(rune.ToString(), true); }
            if (kind is Kind.Part && word.Length < MaxLength) { word.Append(Rune.ToLowerInvariant(rune)); }
            if (words.Count >= most) { return [.. words.Keys.Take(most)]; }
        }

        End(words, word);
        return [.. words.Keys];
    }

    static void End(OrderedDictionary<string, bool> words, StringBuilder word)
    {
        if (word.Length > 0) { words.TryAdd(word.ToString(), true); }
        word.Clear();
    }

    static Kind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        // What is no character stands for each half of a broken pair.
        _ when rune == Rune.ReplacementChar => Kind.None,
        _ when IsWithoutSpaces(rune.Value) => Kind.Whole,
        UnicodeCategory.OtherSymbol => Kind.Whole,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => Kind.Part,
        _ => Kind.None,
    };

    // Thai, Lao, Myanmar and Khmer; kana; ideographs.
    static bool IsWithoutSpaces(int value) => value is (>= 0x0E01 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x3FFFF);

    enum Kind
    {
        None,
        Part,
        Whole,
    }
}
