using System.Text;

namespace AgentOrchestrator.Cli.Output;

/// <summary>Text of agents, tools and servers, made safe for a terminal.</summary>
static class PlainText
{
    const char Escape = '\e';
    const char Bell = '\a';
    const char StringTerminator = '\x9c';

    /// <summary>Drops escape sequences whole (colours, titles, links, clipboard writes), other control characters but line breaks and tabs, and marks
    /// that turn the direction of writing.</summary>
    public static string Clean(string text)
    {
        var i = 0;
        while (i < text.Length && !IsUnsafe(text[i]))
        {
            i++;
        }

        return i == text.Length ? text : Rebuild(text, i);
    }

    /// <summary>As <see cref="Clean"/>, on one line of at most <paramref name="width"/> characters.</summary>
    public static string OneLine(string text, int width = int.MaxValue)
    {
        var line = new StringBuilder();
        foreach (var c in Clean(text))
        {
            if (!char.IsWhiteSpace(c))
            {
                line.Append(c);
            }
            else if (line.Length > 0 && line[^1] is not ' ')
            {
                line.Append(' ');
            }

            if (line.Length > width)
            {
                return Cut(line, width - 1).Append('…').ToString();
            }
        }

        return line.ToString().TrimEnd();
    }

    static StringBuilder Cut(StringBuilder line, int length)
    {
        // Half of a surrogate pair would show as a broken character.
        line.Length = char.IsHighSurrogate(line[length - 1]) ? length - 1 : length;
        return line;
    }

    static string Rebuild(string text, int start)
    {
        var clean = new StringBuilder(text, 0, start, text.Length);
        for (var i = start; i < text.Length; i++)
        {
            if (!IsUnsafe(text[i]))
            {
                clean.Append(text[i]);
            }
            else if (text[i] is Escape or (>= '\x80' and <= '\x9f'))
            {
                i = EndOfSequence(text, i);
            }
        }

        return clean.ToString();
    }

    /// <summary>The index of the last character of the sequence that begins at <paramref name="start"/> (ECMA-48, 5.4 and 5.6).</summary>
    static int EndOfSequence(string text, int start)
    {
        var i = start;
        var kind = text[i];
        if (kind is Escape)
        {
            if (++i == text.Length)
            {
                return i;
            }

            kind = text[i];
        }

        return kind switch
        {
            '[' or '\x9b' => EndOfControl(text, i + 1),
            ']' or 'P' or 'X' or '^' or '_' or '\x9d' or '\x90' or '\x98' or '\x9e' or '\x9f' => EndOfString(text, i + 1),
            >= ' ' and <= '/' when start < i => EndOfIntermediates(text, i + 1),
            // What follows the escape is a character of its own: it is judged by itself.
            _ when start < i && (IsUnsafe(kind) || kind is '\n' or '\t') => i - 1,
            _ => i,
        };
    }

    static int EndOfControl(string text, int i)
    {
        while (i < text.Length && text[i] is >= ' ' and <= '?')
        {
            i++;
        }

        // A sequence that is broken off ends before what broke it.
        return i < text.Length && text[i] is >= '@' and <= '~' ? i : i - 1;
    }

    static int EndOfIntermediates(string text, int i)
    {
        while (i < text.Length && text[i] is >= ' ' and <= '/')
        {
            i++;
        }

        return Math.Min(i, text.Length - 1);
    }

    static int EndOfString(string text, int i)
    {
        for (; i < text.Length; i++)
        {
            if (text[i] is Bell or StringTerminator)
            {
                return i;
            }

            if (text[i] is Escape)
            {
                return i + 1 < text.Length && text[i + 1] is '\\' ? i + 1 : i - 1;
            }
        }

        return text.Length - 1;
    }

    static bool IsUnsafe(char c) => c switch
    {
        '\n' or '\t' => false,
        < ' ' or (>= '\x7f' and <= '\x9f') => true,
        // Direction marks can make a line read as another one.
        '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true,
        _ => false,
    };
}
