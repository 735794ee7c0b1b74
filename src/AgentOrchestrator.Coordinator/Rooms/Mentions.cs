using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>An agent, or everybody, named by <c>@</c> in a text.</summary>
/// <param name="Name">As the agents' list spells it; <see cref="Mentions.All"/> for everybody.</param>
/// <param name="Start">Of the <c>@</c>.</param>
public readonly record struct Mention(string Name, int Start, int Length);

/// <summary>Finds mentions: <c>@</c> and the name of an agent, in any case, outside of code. Whatever else looks like one is text.</summary>
/// <remarks>
/// No mention: after a letter, digit, <c>_ . @ - / \</c>; before <c>@</c>, before a dot that goes on (<c>@name.example</c>), and before a letter of another script, so
/// that a look-alike is nobody. <c>\@</c> is an <c>@</c>.
/// </remarks>
public static class Mentions
{
    /// <summary>Means every agent that listens.</summary>
    public const string All = "all";

    /// <summary>In the order of the text, each one as often as it stands there.</summary>
    public static IReadOnlyList<Mention> Find(string text, IEnumerable<string> agents)
    {
        if (!text.Contains('@', StringComparison.Ordinal)) { return []; }

        var known = agents.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);
        known[All] = All;
        var found = new List<Mention>();
        var code = CodeSpans.Of(text);
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            if (!code.Contains(at) && MayBegin(text, at) && Name(text, at + 1, known) is { } name) { found.Add(new Mention(known[name], at, name.Length + 1)); }
        }

        return found;
    }

    /// <summary>The names that are mentioned, each once, in order.</summary>
    public static IReadOnlyList<string> Names(IEnumerable<Mention> mentions) =>
        [.. mentions.Select(one => one.Name).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The text without these mentions, the blanks and commas that they leave behind, and blanks at its ends.</summary>
    public static string Without(string text, IReadOnlyList<Mention> mentions)
    {
        var left = new StringBuilder(text.Length);
        var at = 0;
        foreach (var mention in mentions)
        {
            left.Append(text, at, mention.Start - at);
            at = mention.Start + mention.Length;
            if (at < text.Length && text[at] is ',' or ':') { at++; }

            var hasBlankBefore = left.Length == 0 || char.IsWhiteSpace(left[^1]);
            while (hasBlankBefore && at < text.Length && text[at] is ' ' or '\t') { at++; }
        }

        left.Append(text, at, text.Length - at);
        return left.Replace("\\@", "@").ToString().Trim();
    }

    static bool MayBegin(string text, int at)
    {
        if (at == 0) { return true; }

        var before = text[at - 1];
        return before is not ('_' or '.' or '@' or '-' or '/' or '\\') && !IsOfWord(text, at - 1);
    }

    /// <summary>The longest name that the text has here, as the text spells it; null for none.</summary>
    static string? Name(string text, int start, Dictionary<string, string> known)
    {
        var end = start;
        while (end < text.Length && IsOfName(text[end])) { end++; }

        if (!MayEnd(text, end)) { return null; }

        // What a name is followed by in a sentence may be a dash.
        for (var last = end; last > start; last--)
        {
            if (known.ContainsKey(text[start..last])) { return text[start..last]; }
            if (text[last - 1] is not ('-' or '_')) { break; }
        }

        return null;
    }

    static bool MayEnd(string text, int end)
    {
        if (end >= text.Length) { return true; }

        return text[end] switch
        {
            '@' => false,
            '.' => end + 1 >= text.Length || !IsOfWord(text, end + 1),
            _ => !IsOfWord(text, end),
        };
    }

    static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    static bool IsOfWord(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at > 0 && char.IsLowSurrogate(text[at]) ? at - 1 : at) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.ConnectorPunctuation
        or UnicodeCategory.Format;
}
