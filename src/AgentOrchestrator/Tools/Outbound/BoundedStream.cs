namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Reads no more than a number of bytes; in a stream of events, or of lines, no more in each.</summary>
sealed class BoundedStream(Stream inner, int maxBytes, BoundedUnit unit) : Stream
{
    long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static ToolException TooLong(int maxBytes) => new($"The answer is longer than {maxBytes:N0} bytes; the rest was not read.");

    public override int Read(byte[] buffer, int offset, int count) => Count(buffer.AsSpan(offset, inner.Read(buffer, offset, count)));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Count(buffer.Span[..count]);
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) { inner.Dispose(); }
        base.Dispose(disposing);
    }

    int Count(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (EndOfUnit(bytes) is var end and > 0) { _read = bytes.Length - end; }

        return _read > maxBytes ? throw TooLong(maxBytes) : bytes.Length;
    }

    // An event ends with an empty line. An end that is split between two reads is missed, and the next one counts for both.
    int EndOfUnit(ReadOnlySpan<byte> bytes) => unit switch
    {
        BoundedUnit.Event => Math.Max(bytes.LastIndexOf("\n\n"u8), bytes.LastIndexOf("\n\r\n"u8)) is var end and >= 0 ? end + 2 : 0,
        BoundedUnit.Line => bytes.LastIndexOf((byte)'\n') + 1,
        _ => 0,
    };
}

/// <summary>What a bound is for.</summary>
enum BoundedUnit
{
    All,
    Event,
    Line,
}
