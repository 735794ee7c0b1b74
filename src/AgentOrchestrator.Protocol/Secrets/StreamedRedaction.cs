namespace AgentOrchestrator.Protocol.Secrets;

/// <summary>Cuts secrets out of a text that comes in pieces: what may be the beginning of one is held until the next piece tells.</summary>
public sealed class StreamedRedaction(Redactor redactor)
{
    /// <summary>No key is longer.</summary>
    const int MaxHeld = 16 * 1024;

    /// <summary>Enough of what was shown to know whether a word or an escape goes on.</summary>
    const int ContextLength = 6;

    string _context = "";
    string _held = "";

    /// <summary>What can be shown after this piece; empty while all is held.</summary>
    public string Add(string piece)
    {
        var text = _context + _held + piece;
        var held = Math.Min(redactor.OpenEnd(text), text.Length - _context.Length);
        return Show(text, held <= MaxHeld ? held : 0);
    }

    /// <summary>What is left, when no further piece comes.</summary>
    public string End()
    {
        var rest = Show(_context + _held, 0);
        _context = "";
        return rest;
    }

    string Show(string text, int held)
    {
        var known = _context;
        var whole = text[..^held];
        _held = text[^held..];
        _context = whole[^Math.Min(ContextLength, whole.Length)..];
        var shown = redactor.Redact(whole);
        return shown.StartsWith(known, StringComparison.Ordinal) ? shown[known.Length..] : shown;
    }
}
