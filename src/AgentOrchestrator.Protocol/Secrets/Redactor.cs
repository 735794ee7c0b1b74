using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.Protocol.Secrets;

/// <summary>Cuts secrets out of texts and says in their place what they were: those it is told, and keys of known shapes.</summary>
public sealed class Redactor
{
    /// <summary>Where a trace of a secret would be as short as this, each text is looked at in full.</summary>
    const int LeastTrace = 3;

    static readonly SearchValues<char> s_unescaped =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    readonly Form[] _forms;
    readonly SearchValues<string> _starts;
    readonly SearchValues<string> _traces;
    readonly bool _hasTraceless;

    public Redactor(IEnumerable<KnownSecret> known)
    {
        _forms =
        [
            .. known.SelectMany(secret => secret.Forms().Select(form => new Form(form, TraceOf(form), SecretShape.MarkOf($"${secret.Name}")))).DistinctBy(form => form.Text),
        ];
        string[] prefixes = [.. SecretShape.All.Select(shape => shape.Prefix)];
        var traced = _forms.Where(form => form.Trace.Length >= LeastTrace).ToList();
        _starts = SearchValues.Create([.. prefixes, .. _forms.Select(form => form.Text)], StringComparison.Ordinal);
        _traces = SearchValues.Create([.. prefixes, .. traced.Select(form => form.Trace)], StringComparison.Ordinal);
        _hasTraceless = traced.Count < _forms.Length;
    }

    /// <summary>Knows shapes alone.</summary>
    public static Redactor OfShapes { get; } = new([]);

    /// <summary>The same text where there is nothing to cut.</summary>
    public string Redact(string text)
    {
        StringBuilder? cut = null;
        var (done, from) = (0, 0);
        while (text.AsSpan(from).IndexOfAny(_starts) is var next and >= 0)
        {
            from += next;
            var length = FindAt(text, from, out var mark, out _);
            if (length == 0)
            {
                from++;
                continue;
            }

            cut = (cut ?? new StringBuilder()).Append(text, done, from - done).Append(mark);
            done = from += length;
        }

        return cut is null ? text : cut.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>The text without its secrets; null where there is nothing to cut.</summary>
    /// <param name="json">One JSON text as a serializer writes it: escaped no further than it must be.</param>
    /// <param name="isEnvelope">Whether the names of its own members are ours and stay.</param>
    public byte[]? RedactJson(ReadOnlySpan<byte> json, bool isEnvelope = false) => MayHold(json) ? JsonRewrite.Run(this, json, isEnvelope) : null;

    public JsonElement Redact(JsonElement data)
    {
        // Once more through the serializer: what came in may be escaped in any way.
        var json = JsonSerializer.SerializeToUtf8Bytes(data, CompactJson.Default.JsonElement);
        return RedactJson(json) is { } redacted ? JsonElement.Parse(redacted) : data;
    }

    /// <summary>How much of the end of a text may be the beginning of a secret.</summary>
    internal int OpenEnd(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (text[from..].IndexOfAny(_starts) is var next and >= 0)
        {
            from += next;
            var length = FindAt(text, from, out _, out var isOpen);
            if (isOpen)
            {
                return text.Length - from;
            }

            from += Math.Max(length, 1);
        }

        var open = 0;
        foreach (var shape in SecretShape.All)
        {
            open = Math.Max(open, Overlap(text[from..], shape.Prefix));
        }

        foreach (var form in _forms)
        {
            open = Math.Max(open, Overlap(text[from..], form.Text));
        }

        return open;
    }

    /// <summary>What no encoder escapes of it, to find it by in JSON.</summary>
    static string TraceOf(string form)
    {
        var best = "";
        var rest = form.AsSpan();
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAnyExcept(s_unescaped) is var end and >= 0 ? end : rest.Length;
            best = length > best.Length ? rest[..length].ToString() : best;
            rest = rest[Math.Min(length + 1, rest.Length)..];
        }

        return best;
    }

    /// <summary>The longest beginning of a secret that a text ends with.</summary>
    static int Overlap(ReadOnlySpan<char> text, string secret)
    {
        for (var length = Math.Min(text.Length, secret.Length - 1); length > 0; length--)
        {
            if (text.EndsWith(secret.AsSpan(0, length), StringComparison.Ordinal))
            {
                return length;
            }
        }

        return 0;
    }

    /// <returns>The length of the secret that begins here; 0 for none.</returns>
    int FindAt(ReadOnlySpan<char> text, int at, out string mark, out bool isOpen)
    {
        (var longest, mark, isOpen) = (0, "", false);
        foreach (var form in _forms)
        {
            if (form.Text[0] == text[at] && form.Text.Length > longest && text[at..].StartsWith(form.Text, StringComparison.Ordinal))
            {
                (longest, mark) = (form.Text.Length, form.Mark);
            }
        }

        foreach (var shape in SecretShape.BeginningWith(text[at]))
        {
            var length = shape.LengthAt(text, at, out var isShapeOpen);
            isOpen |= isShapeOpen;
            if (length > longest)
            {
                (longest, mark) = (length, shape.Mark);
            }

            if (length > 0)
            {
                break;
            }
        }

        return longest;
    }

    bool MayHold(ReadOnlySpan<byte> json)
    {
        if (_hasTraceless)
        {
            return true;
        }

        var text = ArrayPool<char>.Shared.Rent(json.Length);
        try
        {
            // One unit a byte: what is not ASCII is no part of a trace.
            return MayHold(text.AsSpan(0, Encoding.Latin1.GetChars(json, text)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    bool MayHold(ReadOnlySpan<char> json)
    {
        for (var from = 0; json[from..].IndexOfAny(_traces) is var next and >= 0; from++)
        {
            from += next;
            if (FindAt(json, from, out _, out _) > 0 || BeginsTrace(json[from..]))
            {
                return true;
            }
        }

        return false;
    }

    bool BeginsTrace(ReadOnlySpan<char> json)
    {
        foreach (var form in _forms)
        {
            if (form.Trace[0] == json[0] && json.StartsWith(form.Trace, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="Trace">What is looked for first where it may stand escaped.</param>
    sealed record Form(string Text, string Trace, string Mark);
}
