using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Changes a part of a text, by what stands there or by its place, and no byte besides.</summary>
sealed class TextEdit
{
    readonly EditContent _asked;
    readonly Encoding _encoding;
    readonly bool _isUtf8;

    /// <exception cref="ProductException">NotPossible in the predecessor's words.</exception>
    public TextEdit(EditContent asked, bool isUtf8)
    {
        if (asked.NewString is null) { throw Wrong("new_string is required"); }
        if (asked.OldString is not null && asked.Offset is not null) { throw Wrong("Cannot mix old_string and offset modes"); }
        if (asked.OldString is null && asked.Offset is null) { throw Wrong("Must provide old_string or offset"); }
        if (asked.OldString is "") { throw Wrong("old_string must not be empty"); }
        if (asked.Offset < 0) { throw Wrong("offset must be non-negative"); }
        if (asked.Length < 0) { throw Wrong("length must be non-negative"); }

        (_asked, _isUtf8) = (asked, isUtf8);
        _encoding = isUtf8 ? Encoding.UTF8 : Encoding.GetEncoding("iso-8859-1", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }

    public int? Replacements { get; private set; }

    public EditRange? Range { get; private set; }

    /// <exception cref="ProductException">NotPossible in the predecessor's words.</exception>
    public async Task<byte[]> ApplyAsync(byte[] text, CancellationToken cancel) =>
        _asked.OldString is { } old ? Replace(text, Encode(old)) : await ReplaceAtAsync(text, cancel).ConfigureAwait(false);

    byte[] Replace(byte[] text, byte[] old)
    {
        var found = FindAll(text, old);
        if (found.Count == 0) { throw Wrong("old_string not found in document"); }
        if (found.Count > 1 && _asked.ReplaceAll is not true)
        {
            throw Wrong($"old_string matches {found.Count} times; use replace_all=true or provide more context");
        }

        Replacements = found.Count;
        return Join(text, Encode(_asked.NewString!), found, old.Length);
    }

    async Task<byte[]> ReplaceAtAsync(byte[] text, CancellationToken cancel)
    {
        var (offset, length) = (_asked.Offset!.Value, _asked.Length ?? 0);
        var end = length > long.MaxValue - offset ? long.MaxValue : offset + length;
        var places = await TextPlaces.FindAsync(new MemoryStream(text), _isUtf8, offset, end, cancel).ConfigureAwait(false);
        if (offset > places.Total) { throw Wrong($"offset {offset} exceeds document length {places.Total}"); }
        if (end > places.Total) { throw Wrong($"range exceeds document length ({offset} + {length} > {places.Total})"); }

        Range = new EditRange(offset, length, _asked.NewString!.EnumerateRunes().Count());
        return Join(text, Encode(_asked.NewString), [(int)places.FromByte], (int)(places.ToByte - places.FromByte));
    }

    static List<int> FindAll(byte[] text, byte[] old)
    {
        var found = new List<int>();
        for (int at = 0, next; (next = text.AsSpan(at).IndexOf(old)) >= 0; at += next + old.Length) { found.Add(at + next); }
        return found;
    }

    static byte[] Join(byte[] text, byte[] fresh, List<int> places, int length)
    {
        var joined = new MemoryStream(checked(text.Length + ((fresh.Length - length) * places.Count)));
        var done = 0;
        foreach (var place in places)
        {
            joined.Write(text.AsSpan(done, place - done));
            joined.Write(fresh);
            done = place + length;
        }

        joined.Write(text.AsSpan(done));
        return joined.ToArray();
    }

    byte[] Encode(string text)
    {
        try
        {
            return _encoding.GetBytes(text);
        }
        catch (EncoderFallbackException other)
        {
            throw new ProductException(ErrorCode.NotPossible, "the document is not UTF-8, and the text has characters that it cannot hold; write it whole", inner: other);
        }
    }

    static ProductException Wrong(string message) => new(ErrorCode.NotPossible, message);
}
