using System.Buffers;
using System.Threading.Channels;

namespace AgentOrchestrator.Server.Logging;

/// <summary>Writes entries on a task of its own: who logs never waits for a terminal or a pipe.</summary>
sealed class LogOutput : IDisposable
{
    const int MaxWaiting = 4_096;

    static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    readonly Channel<LogEntry> _entries = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    readonly Action<IBufferWriter<byte>, LogEntry> _write;
    readonly Stream _stream;
    readonly TimeProvider _time;
    readonly Task _writing;
    int _dropped;

    public LogOutput(Stream stream, Action<IBufferWriter<byte>, LogEntry> write, TimeProvider time)
    {
        _stream = stream;
        _write = write;
        _time = time;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Drops the entry when too many wait; how many were dropped is said when there is room.</summary>
    public void Add(LogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public void Dispose()
    {
        _entries.Writer.TryComplete();
        _writing.Wait(s_farewell);
    }

    async Task WriteAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        try
        {
            while (await _entries.Reader.WaitToReadAsync())
            {
                while (buffer.WrittenCount < 64 * 1024 && _entries.Reader.TryRead(out var entry))
                {
                    _write(buffer, entry);
                }

                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                {
                    _write(buffer, new LogEntry(
                        _time.GetUtcNow(), LogLevel.Warning, nameof(LogOutput), $"{dropped} messages were dropped: the output was too slow", [], null));
                }

                await _stream.WriteAsync(buffer.WrittenMemory);
                await _stream.FlushAsync();
                buffer.ResetWrittenCount();
            }
        }
        catch (IOException)
        {
            // Nobody reads the output any more; the server lives on without it.
            _entries.Writer.TryComplete();
        }
    }
}
