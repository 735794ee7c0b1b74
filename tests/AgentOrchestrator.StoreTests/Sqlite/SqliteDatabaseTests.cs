using System.Security.Cryptography;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    const string OfTheRuntime = """
        CREATE TABLE sessions (session_id TEXT PRIMARY KEY, session_name TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL);
        CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, event_type TEXT NOT NULL, timestamp TEXT NOT NULL);
        INSERT INTO sessions VALUES ('s', 'n', 'finished', 'now');
        """;

    const string OfTheCoordinator = OfTheRuntime + "CREATE TABLE runs (run_id TEXT PRIMARY KEY, session_id TEXT NOT NULL);";

    readonly string _folder = Directory.CreateTempSubdirectory("ao-database-").FullName;

    string File => Path.Combine(_folder, "observability.db");

    [Fact]
    public async Task A_second_server_on_one_folder_is_refused_and_told_who_has_it()
    {
        await using var first = await OpenAsync();

        var refusal = await RefusedAsync();

        Assert.Contains($"in use by process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await first.FindTroubleAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_folder_is_free_again_after_its_server_has_stopped()
    {
        await (await OpenAsync()).DisposeAsync();

        await using var again = await OpenAsync();

        Assert.Null(await again.FindTroubleAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_database_is_not_ready_before_it_is_open_nor_after_it_was_closed()
    {
        var database = Stores().Database;
        Assert.NotNull(await database.FindTroubleAsync(CancellationToken.None));

        await database.OpenAsync(CancellationToken.None);
        Assert.Null(await database.FindTroubleAsync(CancellationToken.None));

        await database.DisposeAsync();
        Assert.NotNull(await database.FindTroubleAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(OfTheRuntime, "the Python agent runtime, the predecessor")]
    [InlineData(OfTheCoordinator, "the Python agent coordinator, the predecessor")]
    [InlineData("CREATE TABLE recipes (name TEXT);", "another program")]
    [InlineData("PRAGMA application_id = 0x414F7263; PRAGMA user_version = 1000;", "newer version (schema 1000")]
    public async Task A_database_that_is_not_of_this_version_is_refused_and_left_alone(string script, string finding)
    {
        using (var connection = Connection.Open(File, OpenMode.Create))
        {
            connection.Execute(script);
        }

        await RefusedUntouchedAsync(finding);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 10_000));

        await RefusedUntouchedAsync("is not a SQLite database");
    }

    [Fact]
    public async Task A_database_that_was_cut_short_is_refused_and_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        await using (var cut = new FileStream(File, FileMode.Open))
        {
            cut.SetLength(8_192);
        }

        await RefusedUntouchedAsync("is damaged");
    }

    [Fact]
    public async Task An_empty_file_is_taken_for_a_new_database()
    {
        await System.IO.File.WriteAllBytesAsync(File, []);

        await using var database = await OpenAsync();

        Assert.Null(await database.FindTroubleAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_refused()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "file"), "in the way");

        var refusal = await Assert.ThrowsAsync<ProductException>(() =>
            Stores(Path.Combine(_folder, "file", "data")).Database.OpenAsync(CancellationToken.None));

        Assert.Contains("--data DIR", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_bodies_that_nothing_refers_to_go_at_the_next_start()
    {
        var stores = Stores();
        await stores.Database.OpenAsync(CancellationToken.None);
        foreach (var name in (string[])["kept", "other"])
        {
            var large = NewEvent.Of(EventTypes.Result, new EventFields { ResultText = name + new string('x', 300_000) }, DateTimeOffset.UnixEpoch);
            var create = new NewSession { Org = CoordinatorOptions.DefaultOrg, SessionId = name, Name = name };
            await stores.Sessions.AppendAsync(CoordinatorOptions.DefaultOrg, name, [large], create, null, CancellationToken.None);
        }

        await stores.Sessions.DeleteAsync(CoordinatorOptions.DefaultOrg, "other", CancellationToken.None);
        await stores.Database.DisposeAsync();
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "blobs", "new-left-by-a-crash"), "x");
        Assert.Equal(2, BlobFiles().Length);

        stores = Stores();
        await stores.Database.OpenAsync(CancellationToken.None);

        Assert.Single(BlobFiles());
        var log = await stores.Sessions.ReadAsync(CoordinatorOptions.DefaultOrg, "kept", 0, 1, CancellationToken.None);
        Assert.StartsWith("kept", log[0].ReadFields().ResultText, StringComparison.Ordinal);
        await stores.Database.DisposeAsync();
    }

    Stores Stores(string? folder = null) =>
        SqliteStores.Open(folder ?? _folder, new RecordingSink(), new CoordinatorOptions(), TimeProvider.System);

    async Task<IDatabase> OpenAsync()
    {
        var database = Stores().Database;
        await database.OpenAsync(CancellationToken.None);
        return database;
    }

    async Task<ProductException> RefusedAsync()
    {
        var refusal = await Assert.ThrowsAsync<ProductException>(OpenAsync);
        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        return refusal;
    }

    async Task RefusedUntouchedAsync(string finding)
    {
        var before = await System.IO.File.ReadAllBytesAsync(File);

        Assert.Contains(finding, (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(SHA256.HashData(before), SHA256.HashData(await System.IO.File.ReadAllBytesAsync(File)));
    }

    string[] BlobFiles() => Directory.GetFiles(Path.Combine(_folder, "blobs"), "*", SearchOption.AllDirectories);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
