using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Sqlite;
using AgentOrchestrator.StoreTests.Sessions;

namespace AgentOrchestrator.StoreTests.Sqlite;

/// <summary>Something that reads from the database without an end, so that nothing of its write-ahead log can be given back.</summary>
public sealed class LongReaderTests() : SessionStoreTest(new SqliteFixture { Options = Alarmed })
{
    const int Entries = 192, Length = 128 << 10;

    static CoordinatorOptions Alarmed { get; } = new() { RetentionLogAlarm = 8 << 20 };

    string File => Path.Combine(((SqliteFixture)Fixture).Folder, "observability.db");

    long LogLength => new FileInfo(File + "-wal").Length;

    [Fact]
    public async Task Work_goes_on_the_owner_is_warned_and_the_log_is_cut_once_the_reader_is_gone()
    {
        await CreateAsync("s");
        using (var reader = Connection.Open(File, OpenMode.Use))
        {
            reader.Execute("BEGIN");
            Assert.Equal(0, reader.ReadLong("SELECT count(*) FROM events"));

            await FillAsync();

            Assert.Equal(0, reader.ReadLong("SELECT count(*) FROM events"));
            Assert.InRange(LogLength, (long)Entries * Length, 2L * Entries * Length);
            var warning = Assert.Single(await WarningsAsync());
            Assert.Contains("The write-ahead log of the database has", warning, StringComparison.Ordinal);
        }

        await AppendAsync("s", Note("the reader is gone"));
        await WaitForShortLogAsync();

        Assert.Empty(await WarningsAsync());
        await FillAsync();
        Assert.InRange(LogLength, 0, (long)Entries * Length);
        Assert.Equal(1 + 2 * Entries, (await Sessions.FindAsync(Org, "s", Cancel))!.LastSeq);
    }

    async Task FillAsync()
    {
        for (var i = 0; i < Entries; i++)
        {
            await AppendAsync("s", Note(new string('x', Length)));
        }
    }

    async Task<IReadOnlyList<string>> WarningsAsync()
    {
        var log = new RecordingLog<LogRetention>();
        await new LogRetention(Fixture.Stores.Retention, Fixture.Options, Time, log).RunOnceAsync(Cancel);
        return log.Lines;
    }

    async Task WaitForShortLogAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (LogLength > 0)
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
