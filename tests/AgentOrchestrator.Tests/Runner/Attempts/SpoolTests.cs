using System.Text;
using AgentOrchestrator.Runner.Attempts;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Attempts;

public sealed class SpoolTests : IDisposable
{
    static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Events_are_read_in_order_and_again_until_they_are_acknowledged()
    {
        using var spool = Open();
        await AppendAsync(spool, "a", "b", "c");

        var batch = spool.Read(2, 1000)!;
        Assert.Equal((1L, "a b"), (batch.FirstOrdinal, Text(batch)));
        Assert.Equal("a b", Text(spool.Read(2, 1000)!));

        spool.Acknowledge(batch);
        var next = spool.Read(2, 1000)!;
        Assert.Equal((3L, "c"), (next.FirstOrdinal, Text(next)));

        spool.Acknowledge(next);
        Assert.Null(spool.Read(2, 1000));
        Assert.Equal(0, spool.Unsent);
    }

    [Fact]
    public async Task A_batch_is_bounded_in_bytes_and_a_large_event_goes_alone()
    {
        using var spool = Open();
        var large = new string('x', 1_000_000);
        await AppendAsync(spool, "a", large, "b");

        Assert.Equal("a", Text(Take(spool, 64, 100)));
        Assert.Equal(large, Text(Take(spool, 64, 100)));
        Assert.Equal("b", Text(Take(spool, 64, 100)));
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_there_after_a_restart_and_a_torn_line_is_not()
    {
        using (var spool = Open())
        {
            await AppendAsync(spool, "a", "b", "c");
            Take(spool, 1, 1000);
        }

        File.AppendAllText(_folder["output"], "4 {\"torn\":");

        using var again = Open();
        var batch = again.Read(64, 1000)!;
        // The acknowledged one is sent again: the server skips what it has.
        Assert.Equal((1L, "a b c"), (batch.FirstOrdinal, Text(batch)));

        await AppendAsync(again, "d");
        Assert.Equal("a b c d", Text(again.Read(64, 1000)!));
    }

    [Fact]
    public async Task The_file_is_emptied_when_all_is_sent_and_the_ordinals_go_on()
    {
        using (var spool = Open())
        {
            await AppendAsync(spool, new string('x', 2_000_000), "b");
            Take(spool, 64, 10_000_000);
            Assert.InRange(new FileInfo(_folder["output"]).Length, 0, 100);
            await AppendAsync(spool, "c");
            Assert.Equal(3, spool.Read(64, 1000)!.FirstOrdinal);
            Take(spool, 64, 1000);
        }

        using var again = Open();
        await AppendAsync(again, "d");
        Assert.Equal((3L, "c d"), (again.Read(64, 1000)!.FirstOrdinal, Text(again.Read(64, 1000)!)));
    }

    [Fact]
    public async Task A_writer_waits_while_too_much_is_unsent()
    {
        using var spool = Open(maxUnsentBytes: 100);
        await AppendAsync(spool, new string('x', 100));

        var waiting = AppendAsync(spool, "b");
        Assert.False(waiting.IsCompleted);

        Take(spool, 1, 1000);
        await waiting.WaitAsync(s_soon);
        Assert.Equal("b", Text(spool.Read(1, 1000)!));
    }

    [Fact]
    public async Task A_waiting_writer_can_be_called_off_and_goes_on_when_the_spool_is_closed()
    {
        using var spool = Open(maxUnsentBytes: 1);
        await AppendAsync(spool, "a");
        using var cancel = new CancellationTokenSource();
        var calledOff = spool.AppendAsync("b"u8.ToArray(), cancel.Token).AsTask();
        var waiting = AppendAsync(spool, "c");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calledOff);

        spool.Close();
        await waiting.WaitAsync(s_soon);
        await AppendAsync(spool, "late");
        Assert.Equal("a", Text(spool.Read(64, 1000)!));
    }

    [Fact]
    public async Task A_reader_waits_for_as_many_as_it_wants_or_the_end()
    {
        using var spool = Open();
        var two = spool.WaitForAsync(2, CancellationToken.None).AsTask();
        await AppendAsync(spool, "a");
        Assert.False(two.IsCompleted);

        await AppendAsync(spool, "b");
        await two.WaitAsync(s_soon);

        var three = spool.WaitForAsync(3, CancellationToken.None).AsTask();
        spool.Close();
        await three.WaitAsync(s_soon);
    }

    [Fact]
    public async Task Many_writers_and_one_reader_lose_nothing()
    {
        using var spool = Open(maxUnsentBytes: 10_000);
        var writers = Enumerable.Range(0, 8)
            .Select(w => Task.Run(async () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    await spool.AppendAsync(Encoding.ASCII.GetBytes($"{w}:{i}"), CancellationToken.None);
                }
            }))
            .ToList();
        var done = Task.WhenAll(writers).ContinueWith(_ => spool.Close(), TaskScheduler.Default);

        var seen = new List<string>();
        var expected = 1L;
        while (seen.Count < 4000)
        {
            await spool.WaitForAsync(1, CancellationToken.None).AsTask().WaitAsync(s_soon);
            var batch = spool.Read(64, 100_000)!;
            Assert.Equal(expected, batch.FirstOrdinal);
            expected = batch.NextOrdinal;
            seen.AddRange(batch.Events.Select(e => Encoding.ASCII.GetString(e.Span)));
            spool.Acknowledge(batch);
        }

        await done;
        Assert.Equal(4000, seen.Distinct().Count());
        Assert.All(Enumerable.Range(0, 8), w => Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"{w}:{i}"), seen.Where(s => s.StartsWith($"{w}:", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Where_the_last_event_came_from_is_known_after_a_restart_and_after_all_was_sent()
    {
        using (var spool = Open())
        {
            Assert.Null(spool.Mark);
            await spool.AppendAsync("a"u8.ToArray(), new SpoolMark(0, 0), CancellationToken.None);
            await spool.AppendAsync(Encoding.ASCII.GetBytes(new string('b', 2_000_000)), new SpoolMark(7_000_000_000, 3), CancellationToken.None);
            spool.Append("no mark"u8);
        }

        using (var spool = Open())
        {
            Assert.Equal(new SpoolMark(7_000_000_000, 3), spool.Mark);
            Assert.Equal(3, Take(spool, 64, 10_000_000).Events.Count);
            Assert.InRange(new FileInfo(_folder["output"]).Length, 1, 100);
        }

        await File.AppendAllTextAsync(_folder["output"], "5@9.0 torn");
        using (var spool = Open())
        {
            Assert.Equal(new SpoolMark(7_000_000_000, 3), spool.Mark);
            await AppendAsync(spool, "c");
            Assert.Equal((4L, "c"), (spool.Read(1, 10)!.FirstOrdinal, Text(spool.Read(1, 10)!)));
        }
    }

    Spool Open(long maxUnsentBytes = 64 * 1024 * 1024) => new(_folder["output"], maxUnsentBytes);

    static async Task AppendAsync(Spool spool, params string[] events)
    {
        foreach (var json in events)
        {
            await spool.AppendAsync(Encoding.UTF8.GetBytes(json), CancellationToken.None);
        }
    }

    static SpoolBatch Take(Spool spool, int maxEvents, int maxBytes)
    {
        var batch = spool.Read(maxEvents, maxBytes)!;
        spool.Acknowledge(batch);
        return batch;
    }

    static string Text(SpoolBatch batch) => string.Join(' ', batch.Events.Select(e => Encoding.UTF8.GetString(e.Span)));
}
