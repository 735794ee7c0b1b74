using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>The output of one attempt on its way to the server: an append-only file, read from where the server has acknowledged.</summary>
/// <remarks>
/// A line is an ordinal, perhaps where it comes from, a space, one JSON text; without the text it only says which ordinal comes next. One delivery reads; any number of writers append, in turn. It outlives the runner's process,
/// not the host's power: then the executor is gone too, and the run is lost whatever the last lines said.
/// </remarks>
sealed class Spool : IDisposable
{
    const int ReadBytes = 128 * 1024;
    const int TruncateBytes = 1024 * 1024;

    readonly SafeFileHandle _file;
    readonly long _maxUnsentBytes;
    readonly Lock _lock = new();
    TaskCompletionSource _changed = NewSignal();
    long _end;
    long _sent;
    long _nextOrdinal = 1;
    long _nextUnsent = 1;
    bool _isClosed;
    SpoolMark? _mark;

    public Spool(string file, long maxUnsentBytes)
    {
        _maxUnsentBytes = maxUnsentBytes;
        _file = File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        Recover();
    }

    /// <summary>How many events wait for the server.</summary>
    public long Unsent
    {
        get
        {
            lock (_lock)
            {
                return _nextOrdinal - _nextUnsent;
            }
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Where the last event came from that says so.</summary>
    public SpoolMark? Mark
    {
        get
        {
            lock (_lock)
            {
                return _mark;
            }
        }
    }

    /// <summary>Appends one event; waits while too much is unsent. Ignored once the spool is closed.</summary>
    /// <param name="json">One JSON text without line ends.</param>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> json, CancellationToken cancel) => AppendAsync(json, null, cancel);

    /// <param name="mark">Where the event comes from; null when nothing is read again that it could come from.</param>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> json, SpoolMark? mark, CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_isClosed || _end - _sent < _maxUnsentBytes)
                {
                    Write(json.Span, mark);
                    return;
                }

                room = _changed.Task;
            }

            await room.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Appends without waiting for room: for the few events of the runner itself.</summary>
    public void Append(ReadOnlySpan<byte> json, SpoolMark? mark = null)
    {
        lock (_lock)
        {
            Write(json, mark);
        }
    }

    /// <summary>Nothing more will come; whoever waits goes on.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Signal();
        }
    }

    /// <summary>Waits until that many events are unsent, or the spool is closed.</summary>
    public async ValueTask WaitForAsync(int events, CancellationToken cancel)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_isClosed || _nextOrdinal - _nextUnsent >= events)
                {
                    return;
                }

                change = _changed.Task;
            }

            await change.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>What to send next; null when nothing waits.</summary>
    public SpoolBatch? Read(int maxEvents, int maxBytes)
    {
        long from, to;
        lock (_lock)
        {
            (from, to) = (_sent, _end);
        }

        var events = new List<ReadOnlyMemory<byte>>();
        long first = 0, bytes = 0, end = from;
        foreach (var line in Lines(from, to))
        {
            if (events.Count == maxEvents || (events.Count > 0 && bytes + line.Json.Length > maxBytes))
            {
                break;
            }

            end = line.End;
            if (!line.Json.IsEmpty)
            {
                first = events.Count == 0 ? line.Ordinal : first;
                bytes += line.Json.Length;
                events.Add(line.Json);
            }
        }

        return events.Count == 0 ? null : new SpoolBatch(first, events, end);
    }

    /// <summary>The server has this batch.</summary>
    public void Acknowledge(SpoolBatch batch)
    {
        lock (_lock)
        {
            _sent = batch.End;
            _nextUnsent = batch.NextOrdinal;
            if (_sent == _end && _end > TruncateBytes)
            {
                Truncate();
            }

            Signal();
        }
    }

    public void Dispose()
    {
        Close();
        _file.Dispose();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    void Write(ReadOnlySpan<byte> json, SpoolMark? mark)
    {
        if (_isClosed)
        {
            return;
        }

        byte[] line = [.. Encoding.ASCII.GetBytes($"{_nextOrdinal}{mark} "), .. json, (byte)'\n'];
        RandomAccess.Write(_file, line, _end);
        _end += line.Length;
        _nextOrdinal++;
        _mark = mark ?? _mark;
        Signal();
    }

    void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    /// <summary>Forgets what was sent. Killed in the middle of it, the rest of the old text is found to be no line and is cut off.</summary>
    void Truncate()
    {
        var line = Encoding.ASCII.GetBytes($"{_nextOrdinal}{_mark} \n");
        RandomAccess.Write(_file, line, 0);
        RandomAccess.SetLength(_file, line.Length);
        _sent = _end = line.Length;
    }

    /// <summary>Finds the end of the last whole line; a torn one is cut off.</summary>
    void Recover()
    {
        var first = 0L;
        foreach (var line in Lines(0, RandomAccess.GetLength(_file)))
        {
            first = first == 0 ? line.Ordinal : first;
            _nextOrdinal = line.Json.IsEmpty ? line.Ordinal : line.Ordinal + 1;
            _end = line.End;
            _mark = line.Mark ?? _mark;
        }

        _nextUnsent = first == 0 ? _nextOrdinal : first;
        RandomAccess.SetLength(_file, _end);
    }

    IEnumerable<(long Ordinal, SpoolMark? Mark, ReadOnlyMemory<byte> Json, long End)> Lines(long from, long to)
    {
        var buffer = new byte[Math.Clamp(to - from, 0, ReadBytes)];
        var held = 0;
        var position = from;
        while (true)
        {
            var read = RandomAccess.Read(_file, buffer.AsSpan(held, (int)Math.Min(buffer.Length - held, to - from)), from);
            from += read;
            held += read;
            var start = 0;
            while (buffer.AsSpan(start, held - start).IndexOf((byte)'\n') is var length and >= 0)
            {
                var head = buffer.AsSpan(start, length).IndexOf((byte)' ');
                if (head < 0
                    || !Utf8Parser.TryParse(buffer.AsSpan(start, head), out long ordinal, out var digits)
                    || !SpoolMark.TryParse(buffer.AsSpan(start + digits, head - digits), out var mark))
                {
                    yield break;
                }

                position += length + 1;
                yield return (ordinal, mark, buffer.AsMemory(start + head + 1, length - head - 1), position);
                start += length + 1;
            }

            if (read == 0)
            {
                yield break;
            }

            // What was given out lies in this buffer: the rest goes on in a new one, larger when not even one line fits.
            var next = new byte[Math.Max(ReadBytes, 2 * (held - start))];
            buffer.AsSpan(start, held - start).CopyTo(next);
            held -= start;
            buffer = next;
        }
    }
}
