using System.Buffers;
using System.Runtime.CompilerServices;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>Cuts a stream of bytes into lines of bounded length, in bounded memory.</summary>
/// <param name="read">Fills a buffer; 0 bytes at the end.</param>
/// <param name="position">Where the first byte is in the whole output.</param>
/// <param name="shortensJson">See <see cref="ProcessSpec.ShortensJson"/>.</param>
sealed class LineReader(
    Func<Memory<byte>, CancellationToken, ValueTask<int>> read, int maxLineBytes, long position = 0, bool shortensJson = false)
{
    readonly byte[] _chunk = new byte[64 * 1024];
    ReadOnlyMemory<byte> _unread;
    ArrayBufferWriter<byte> _line = new();
    JsonShortener? _shortener;
    long _length;
    long _start = position;
    long _next = position;

    /// <summary>Every line to the end.</summary>
    public async IAsyncEnumerable<OutputLine> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        do
        {
            while (Next() is { } line)
            {
                yield return line;
            }
        }
        while (await FillAsync(cancel).ConfigureAwait(false));

        if (Rest() is { } rest)
        {
            yield return rest;
        }
    }

    /// <summary>The next line that is complete in what was read already; null when more must be read.</summary>
    public OutputLine? Next()
    {
        var end = _unread.Span.IndexOf((byte)'\n');
        Keep(end < 0 ? _unread : _unread[..end]);
        _next += end < 0 ? _unread.Length : end + 1;
        _unread = end < 0 ? default : _unread[(end + 1)..];
        return end < 0 ? null : Take();
    }

    /// <summary>Reads once. False at the end.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        var count = await read(_chunk, cancel).ConfigureAwait(false);
        _unread = _chunk.AsMemory(0, count);
        return count > 0;
    }

    /// <summary>What follows the last line end; null when nothing does.</summary>
    public OutputLine? Rest() => _length == 0 ? null : Take();

    void Keep(ReadOnlyMemory<byte> part)
    {
        _length += part.Length;
        var fitting = Math.Min(maxLineBytes - _line.WrittenCount, part.Length);
        _line.Write(part.Span[..fitting]);
        if (fitting < part.Length && shortensJson && _line.WrittenSpan.StartsWith("{"u8))
        {
            Shorten(part.Span[fitting..]);
        }
    }

    void Shorten(ReadOnlySpan<byte> part)
    {
        if (_shortener is null)
        {
            _shortener = new JsonShortener();
            _shortener.Add(_line.WrittenSpan);
        }

        _shortener.Add(part);
    }

    OutputLine Take()
    {
        var bytes = _line.WrittenMemory;
        if (bytes.Length == _length && bytes.Span.EndsWith("\r"u8))
        {
            bytes = bytes[..^1];
            _length--;
        }

        var isShortened = _shortener is { IsOver: false };
        var line = new OutputLine(isShortened ? _shortener!.Kept : bytes, _length) { Position = _start, IsShortened = isShortened };
        _start = _next;
        _line = new ArrayBufferWriter<byte>();
        _shortener = null;
        _length = 0;
        return line;
    }
}
