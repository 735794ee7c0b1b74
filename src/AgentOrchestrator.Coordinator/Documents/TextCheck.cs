using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Whether bytes are UTF-8 without NUL, however they are cut into pieces.</summary>
sealed class TextCheck
{
    readonly byte[] _cut = new byte[4];
    int _length;
    bool _isText = true;

    public void Look(ReadOnlySpan<byte> bytes)
    {
        if (!_isText) { return; }

        _isText = !bytes.Contains((byte)0);
        Join(ref bytes);
        if (!_isText || bytes.IsEmpty) { return; }

        var whole = bytes.Length - CutLength(bytes);
        _isText = Utf8.IsValid(bytes[..whole]);
        bytes[whole..].CopyTo(_cut);
        _length = bytes.Length - whole;
    }

    public bool End() => _isText && _length == 0;

    /// <summary>Takes what the character needs that the piece before was cut in.</summary>
    void Join(ref ReadOnlySpan<byte> bytes)
    {
        while (_length > 0 && !bytes.IsEmpty)
        {
            _cut[_length++] = bytes[0];
            bytes = bytes[1..];
            var status = Rune.DecodeFromUtf8(_cut.AsSpan(0, _length), out _, out _);
            if (status is OperationStatus.NeedMoreData) { continue; }

            _isText &= status is OperationStatus.Done;
            _length = 0;
        }
    }

    /// <summary>How many bytes at the end begin a character and do not end it.</summary>
    static int CutLength(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if (lead < 0x80) { return 0; }
            if (lead >= 0xC0) { return (lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2) > back ? back : 0; }
        }

        return 0;
    }
}
