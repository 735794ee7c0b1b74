using AgentOrchestrator.Runner.Keeper;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Keeper;

public sealed class RingFileTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(101)]
    public void What_was_written_last_is_read_back_wherever_the_ring_closes(int step)
    {
        const int Capacity = 100;
        var path = Path.Combine(_folder.Path, "ring");
        using var writer = new RingFile(path, Capacity, FileAccess.Write);
        using var reader = new RingFile(path, Capacity, FileAccess.Read);
        var all = Enumerable.Range(0, 1000).Select(i => (byte)(i * 7 / 3)).ToArray();

        for (var position = 0; position < all.Length;)
        {
            var part = all.AsSpan(position, Math.Min(step, all.Length - position));
            writer.Write(part, position);
            position += part.Length;
            var from = Math.Max(0, position - Capacity);
            Assert.Equal(all[from..position], Read(reader, from, position));
        }

        Assert.Equal(Capacity, new FileInfo(path).Length);
    }

    static byte[] Read(RingFile ring, long from, long to)
    {
        var bytes = new byte[to - from];
        for (var at = 0; at < bytes.Length;)
        {
            at += ring.Read(bytes.AsSpan(at), from + at, to - from - at);
        }

        return bytes;
    }
}
