using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests.Sessions;

/// <summary>What a disk changes in an entry shows, although the entry can still be read.</summary>
public abstract class LogChecksumTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    [Fact]
    public async Task What_was_written_is_whole_whatever_it_holds_and_whoever_wrote_it()
    {
        var (session, run) = await StartLiveAsync("one");
        await Runs.AppendOutputAsync(Lease(run), 1, [Note("out"), Note(new string('x', 300_000))], Cancel);
        await AppendAsync(
            "one",
            Note("hello") with { Timestamp = "", Actor = null },
            Note("hello") with { Timestamp = "zwölf Uhr 🕛", Actor = "person:Łukasz" },
            Note("\ud83d half, \0 and \u001a") with { Timestamp = "half \ud83d, \0 and \u001a" });
        await Fixture.RestartAsync();

        var log = await LogAsync(session.SessionId);

        Assert.True(log.Count > 6);
        Assert.All(log, entry => Assert.True(entry.Checksum is not null && entry.IsWhole(), $"entry {entry.Seq}, {entry.Type}"));
    }

    [Theory]
    [InlineData("type = 'notics'")]
    [InlineData("timestamp = 'some timf'")]
    [InlineData("run_id = 'run_2'")]
    [InlineData("actor = NULL")]
    [InlineData("seq = 3")]
    [InlineData("checksum = checksum + 1")]
    [InlineData("body")]
    [InlineData("recorded_at")]
    public async Task A_change_of_any_column_shows(string change)
    {
        var session = await CreateAsync("one");
        await AppendAsync("one", Note("before"), Note("hello") with { Timestamp = "some time", RunId = "run_1" });
        await DamageAsync(change);

        var log = await LogAsync(session.SessionId);

        Assert.Equal([true, false], log.Select(entry => entry.IsWhole()));
    }

    /// <summary>Changes the second event of the only session.</summary>
    protected abstract Task DamageAsync(string change);
}

public sealed class SqliteLogChecksumTests() : LogChecksumTests(new SqliteFixture())
{
    protected override async Task DamageAsync(string change)
    {
        await Fixture.Stores.Database.DisposeAsync();
        var assignment = change switch
        {
            "body" => "body = CAST(replace(CAST(body AS TEXT), 'hello', 'hellp') AS BLOB)",
            "recorded_at" => "recorded_at = recorded_at + 1",
            _ => change,
        };
        using (var connection = Connection.Open(Path.Combine(((SqliteFixture)Fixture).Folder, "observability.db"), OpenMode.Use))
        {
            connection.Execute($"UPDATE events SET {assignment} WHERE seq = 2");
        }

        await Fixture.RestartAsync();
    }
}

public sealed class PostgresLogChecksumTests() : LogChecksumTests(new PostgresFixture())
{
    protected override Task DamageAsync(string change)
    {
        var assignment = change switch
        {
            "body" => "body = replace(body, 'hello', 'hellp')",
            "recorded_at" => "recorded_at = recorded_at + interval '1 microsecond'",
            _ => change,
        };
        return ((PostgresFixture)Fixture).ExecuteAsync($"UPDATE events SET {assignment} WHERE seq = 2");
    }
}
