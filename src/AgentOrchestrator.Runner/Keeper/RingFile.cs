using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>The last bytes of an output that may be endless: a file that is written round and round.</summary>
/// <remarks>One writes, one reads; they agree elsewhere on how far each has come. Positions count from the output's first byte.</remarks>
sealed class RingFile(string path, long capacity, FileAccess access) : IDisposable
{
    readonly SafeFileHandle _file = File.OpenHandle(
        path, access is FileAccess.Read ? FileMode.Open : FileMode.Create, access, FileShare.ReadWrite | FileShare.Delete);

    public long Capacity => capacity;

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        while (!bytes.IsEmpty)
        {
            var at = position % capacity;
            var part = bytes[..(int)Math.Min(bytes.Length, capacity - at)];
            RandomAccess.Write(_file, part, at);
            bytes = bytes[part.Length..];
            position += part.Length;
        }
    }

    /// <param name="available">How many bytes from <paramref name="position"/> on are there.</param>
    public int Read(Span<byte> buffer, long position, long available)
    {
        var at = position % capacity;
        return RandomAccess.Read(_file, buffer[..(int)Math.Min(Math.Min(buffer.Length, available), capacity - at)], at);
    }

    public void Dispose() => _file.Dispose();
}
