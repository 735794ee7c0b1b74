using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>Copies one JSON text that may be endless: its long strings are cut, with a word about what is missing, and all the rest is whole.</summary>
/// <remarks>It asks only where strings begin and end. What is no JSON comes out as something that is none either.</remarks>
sealed class JsonShortener
{
    /// <summary>How much of a string is kept, as it is written; a few bytes more, so that no character is torn.</summary>
    public const int MaxStringBytes = 256 * 1024;

    /// <summary>How much is kept in all. What is longer without its strings is no message of any program that we know.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    byte[] _kept = new byte[MaxBytes / 2];
    int _count;
    bool _isInString;
    bool _isDropping;
    int _escapeLeft;
    long _stringBytes;

    /// <summary>Whether even the shortened text is too long; what is kept is of no use then.</summary>
    public bool IsOver { get; private set; }

    public ReadOnlyMemory<byte> Kept => _kept.AsMemory(0, _count);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsOver)
        {
            bytes = bytes[(!_isInString ? Outside(bytes) : _escapeLeft != 0 ? InEscape(bytes[0]) : Inside(bytes))..];
        }
    }

    /// <returns>How many bytes were dealt with.</returns>
    int Outside(ReadOnlySpan<byte> bytes)
    {
        var quote = bytes.IndexOf((byte)'"');
        var used = quote < 0 ? bytes.Length : quote + 1;
        Keep(bytes[..used]);
        (_isInString, _isDropping, _stringBytes) = (quote >= 0, false, 0);
        return used;
    }

    int InEscape(byte next)
    {
        _escapeLeft = _escapeLeft > 0 ? _escapeLeft - 1 : next == 'u' ? 4 : 0;
        return InString([next]);
    }

    int Inside(ReadOnlySpan<byte> bytes)
    {
        _isDropping |= _stringBytes >= MaxStringBytes && IsBeginning(bytes[0]) && bytes[0] != '"';
        switch (bytes[0])
        {
            case (byte)'"':
                return EndString();
            case (byte)'\\':
                _escapeLeft = -1;
                return InString(bytes[..1]);
            default:
                var special = bytes.IndexOfAny((byte)'"', (byte)'\\');
                var run = special < 0 ? bytes.Length : special;
                return InString(bytes[..(int)(_isDropping ? run : Math.Clamp(MaxStringBytes - _stringBytes, 1, run))]);
        }
    }

    int InString(ReadOnlySpan<byte> bytes)
    {
        _stringBytes += bytes.Length;
        if (!_isDropping)
        {
            Keep(bytes);
        }

        return bytes.Length;
    }

    int EndString()
    {
        if (_isDropping)
        {
            Keep(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"… (cut, {_stringBytes} bytes in all)")));
        }

        Keep("\""u8);
        _isInString = false;
        return 1;
    }

    /// <summary>Whether a byte of UTF-8 begins a character.</summary>
    static bool IsBeginning(byte value) => (value & 0xC0) != 0x80;

    void Keep(ReadOnlySpan<byte> bytes)
    {
        IsOver |= _count + bytes.Length > MaxBytes;
        if (IsOver)
        {
            return;
        }

        if (_count + bytes.Length > _kept.Length)
        {
            Array.Resize(ref _kept, MaxBytes);
        }

        bytes.CopyTo(_kept.AsSpan(_count));
        _count += bytes.Length;
    }
}
