using System.Text;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>The last bytes of a stream that may be endless.</summary>
sealed class TailBuffer(int capacity)
{
    readonly Lock _lock = new();
    readonly byte[] _ring = new byte[capacity];
    long _written;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _written += Math.Max(0, bytes.Length - capacity);
            foreach (var value in bytes[Math.Max(0, bytes.Length - capacity)..])
            {
                _ring[_written++ % capacity] = value;
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_written, capacity);
            var tail = new byte[kept];
            for (var i = 0; i < kept; i++)
            {
                tail[i] = _ring[(_written - kept + i) % capacity];
            }

            var start = 0;
            while (_written > capacity && start < kept && (tail[start] & 0xC0) == 0x80)
            {
                start++;
            }

            return Encoding.UTF8.GetString(tail, start, kept - start);
        }
    }
}
