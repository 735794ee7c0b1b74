using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.Server.Http;

/// <summary>Where a scan of a JSON text is: the objects and arrays that are open, and the keys that each object has had.</summary>
sealed class JsonPlace
{
    /// <summary>Up to here a look through the list is quicker than a set, and needs no text for each key.</summary>
    const int FewKeys = 16;

    readonly List<Range> _keys = [];
    readonly List<Frame> _frames = [];

    public void Enter(bool isArray)
    {
        NextItem();
        _frames.Add(new Frame(isArray, _keys.Count));
    }

    public void Leave()
    {
        var frame = _frames[^1];
        _frames.RemoveAt(_frames.Count - 1);
        _keys.RemoveRange(frame.FirstKey, _keys.Count - frame.FirstKey);
    }

    public void NextItem()
    {
        if (_frames.Count > 0 && _frames[^1].IsArray)
        {
            _frames[^1].Index++;
        }
    }

    /// <summary>False when the object has had that key.</summary>
    public bool TakeKey(ReadOnlySpan<byte> text, Range key, bool isEscaped)
    {
        var frame = _frames[^1];
        frame.Key = key;
        var isNew = frame.Many is null && !isEscaped && _keys.Count - frame.FirstKey < FewKeys
            ? IsNewAmongFew(text, frame, text[key])
            : Many(text, frame).Add(Unescape(text[key]));
        _keys.Add(key);
        return isNew;
    }

    /// <summary><c>demands.tags[2]</c>.</summary>
    public string Describe(ReadOnlySpan<byte> text)
    {
        var path = new StringBuilder();
        foreach (var frame in _frames)
        {
            if (frame.IsArray)
            {
                path.Append(CultureInfo.InvariantCulture, $"[{frame.Index}]");
            }
            else
            {
                path.Append(path.Length > 0 ? "." : "").Append(Unescape(text[frame.Key]));
            }
        }

        const int MaxLength = 200;
        return path.Length switch
        {
            0 => "the body",
            > MaxLength => path.ToString(0, MaxLength) + "…",
            _ => path.ToString(),
        };
    }

    bool IsNewAmongFew(ReadOnlySpan<byte> text, Frame frame, ReadOnlySpan<byte> key)
    {
        for (var i = frame.FirstKey; i < _keys.Count; i++)
        {
            if (text[_keys[i]].SequenceEqual(key))
            {
                return false;
            }
        }

        return true;
    }

    HashSet<string> Many(ReadOnlySpan<byte> text, Frame frame)
    {
        if (frame.Many is null)
        {
            frame.Many = new HashSet<string>(StringComparer.Ordinal);
            for (var i = frame.FirstKey; i < _keys.Count; i++)
            {
                frame.Many.Add(Unescape(text[_keys[i]]));
            }
        }

        return frame.Many;
    }

    static string Unescape(ReadOnlySpan<byte> key)
    {
        if (!key.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(key);
        }

        var reader = new Utf8JsonReader([(byte)'"', .. key, (byte)'"']);
        reader.Read();
        return reader.GetString()!;
    }

    sealed class Frame(bool isArray, int firstKey)
    {
        public bool IsArray { get; } = isArray;
        public int FirstKey { get; } = firstKey;
        public int Index { get; set; } = -1;
        public Range Key { get; set; }
        public HashSet<string>? Many { get; set; }
    }
}
