using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests.Sqlite;

public sealed class SqliteWriterTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("ao-writer-").FullName;

    string File => Path.Combine(_folder, "observability.db");

    [Fact]
    public async Task Work_that_throws_takes_back_its_own_changes_only()
    {
        var sink = new RecordingSink();
        await using var writer = await WriterAsync(sink);
        using var gate = new ManualResetEventSlim();

        // The first piece holds the writer, so that the others meet in one transaction.
        var first = writer.WriteAsync(
            _ =>
            {
                gate.Wait();
                return 0;
            },
            isNew: true,
            CancellationToken.None);
        var works = Enumerable.Range(0, 10).Select(i => writer.WriteAsync(transaction => Save(transaction, i), isNew: true, CancellationToken.None)).ToList();
        gate.Set();
        await first;
        var outcomes = await Task.WhenAll(works.Select(async work => await Record.ExceptionAsync(() => work) is null));

        Assert.Equal(Enumerable.Range(0, 10).Select(i => i % 2 == 0), outcomes);
        Assert.Equal([0, 2, 4, 6, 8], sink.Changes.OfType<LogGrew>().Select(change => change.LastSeq));
        Assert.Equal(5, await CountAsync(writer));
    }

    [Fact]
    public async Task Work_of_a_caller_that_left_before_its_turn_is_not_done()
    {
        await using var writer = await WriterAsync();
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var left = new CancellationTokenSource();

        var first = writer.WriteAsync(
            _ =>
            {
                begun.Set();
                gate.Wait();
                return 0;
            },
            isNew: true,
            CancellationToken.None);
        begun.Wait(TestContext.Current.CancellationToken);
        var abandoned = writer.WriteAsync(transaction => Save(transaction, 0), isNew: true, left.Token);
        await left.CancelAsync();
        gate.Set();
        await first;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        Assert.Equal(0, await CountAsync(writer));
    }

    [Fact]
    public async Task A_full_disk_refuses_the_work_and_serves_again_when_there_is_space()
    {
        await using var writer = await WriterAsync();
        await writer.WriteAsync(transaction => Save(transaction, 0), isNew: true, CancellationToken.None);
        await LimitAsync(writer, pages: 1);

        var refusals = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Record.ExceptionAsync(() => FillAsync(writer, i)).AsTask()));

        Assert.All(refusals, refusal => Assert.Equal(ErrorCode.StorageFull, Assert.IsType<ProductException>(refusal).Code));
        Assert.True(writer.IsAccepting);

        await LimitAsync(writer, pages: 1_000_000);
        await FillAsync(writer, 9);
        Assert.Equal(2, await CountAsync(writer));
    }

    [Fact]
    public async Task A_database_that_another_program_holds_refuses_the_work_until_it_lets_go()
    {
        await using var writer = await WriterAsync();
        using (var other = Connection.Open(File, OpenMode.Use))
        {
            other.Execute("BEGIN IMMEDIATE");
            var refusal = await Assert.ThrowsAsync<ProductException>(
                () => writer.WriteAsync(transaction => Save(transaction, 0), isNew: true, CancellationToken.None));
            Assert.Equal(ErrorCode.Unavailable, refusal.Code);
            other.Execute("ROLLBACK");
        }

        await writer.WriteAsync(transaction => Save(transaction, 2), isNew: true, CancellationToken.None);
        Assert.Equal(1, await CountAsync(writer));
    }

    [Fact]
    public async Task The_log_of_the_database_stays_short_while_much_is_written()
    {
        const int Written = 64 << 20, Bound = 24 << 20;
        await using var writer = await WriterAsync();

        for (var i = 0; i < Written / (256 << 10); i++)
        {
            await FillAsync(writer, i);
        }

        Assert.InRange(new FileInfo(File + "-wal").Length, 0, Bound);
    }

    static int Save(WriteTransaction transaction, int number)
    {
        transaction.Db.Query("INSERT INTO agents (org, name, revision) VALUES ('o', ?1, 1)").Bind($"a{number}").Run();
        transaction.Changed(new LogGrew("o", "s", number));
        return number % 2 == 0 ? number : throw new ProductException(ErrorCode.Conflict, "odd");
    }

    static Task<int> FillAsync(SqliteWriter writer, int number) => writer.WriteAsync(
        transaction => transaction.Db.Query("INSERT INTO agents (org, name, revision) VALUES (?1, ?2, 1)")
            .Bind(new string('x', 256 << 10)).Bind($"full{number}").Run(),
        isNew: false,
        CancellationToken.None);

    // Stands for the size of the disk.
    static Task<long> LimitAsync(SqliteWriter writer, int pages) => writer.WriteAsync(
        transaction =>
        {
            transaction.Db.Execute($"PRAGMA max_page_count = {pages}");
            return 0L;
        },
        isNew: false,
        CancellationToken.None);

    static Task<long> CountAsync(SqliteWriter writer) => writer.WriteAsync(
        transaction => transaction.Db.ReadLong("SELECT count(*) FROM agents"), isNew: false, CancellationToken.None);

    /// <summary>On a database with the schema, and without patience for locks.</summary>
    async Task<SqliteWriter> WriterAsync(IChangeSink? sink = null)
    {
        var stores = SqliteStores.Open(_folder, new RecordingSink(), new CoordinatorOptions(), TimeProvider.System);
        await stores.Database.OpenAsync(CancellationToken.None);
        await stores.Database.DisposeAsync();
        return new SqliteWriter(
            Connection.Open(File, OpenMode.Use), new BlobFolder(_folder), new DiskReserve(_folder, 0), sink ?? new RecordingSink(), _ => { }, TimeProvider.System);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
