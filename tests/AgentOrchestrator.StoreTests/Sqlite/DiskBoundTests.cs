using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.StoreTests.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.StoreTests.Sqlite;

/// <summary>The data folder within its bound.</summary>
public sealed class DiskBoundTests() : SessionStoreTest(new SqliteFixture { Options = Bounded })
{
    const long Bound = 4 << 20;

    static CoordinatorOptions Bounded { get; } = new() { RetentionBytes = Bound, RetentionFreePages = 64, RetentionEvents = null };

    string Folder => ((SqliteFixture)Fixture).Folder;

    LogRetention Retention => new(Fixture.Stores.Retention, Fixture.Options, Time, NullLogger<LogRetention>.Instance);

    [Fact]
    public async Task The_logs_that_rest_longest_go_first_and_the_file_shrinks()
    {
        for (var n = 0; n < 12; n++)
        {
            await CreateAsync($"s{n}");
            await FillAsync($"s{n}", entries: 20, length: 40_000);
            Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.InRange((await MeasureAsync()).Data, Bound * 2, long.MaxValue);
        var counts = await Retention.RunOnceAsync(Cancel);

        Assert.Equal(0, counts.Sessions);
        Assert.InRange((await MeasureAsync()).Data, 1, Bound);
        Assert.Single(await LogAsync("ses_s0"));
        Assert.Equal(20, (await LogAsync("ses_s11")).Count);
        await Fixture.RestartAsync();
        Assert.InRange(new FileInfo(Path.Combine(Folder, "observability.db")).Length, 1, Bound + (1 << 20));
    }

    [Fact]
    public async Task When_nothing_is_left_to_prune_whole_sessions_go()
    {
        for (var n = 0; n < 60; n++)
        {
            await CreateAsync($"s{n}");
            await FillAsync($"s{n}", entries: 1, length: 200_000);
            Time.Advance(TimeSpan.FromHours(1));
        }

        var counts = await Retention.RunOnceAsync(Cancel);

        Assert.InRange(counts.Sessions, 1, 59);
        Assert.InRange((await MeasureAsync()).Data, 1, Bound);
        Assert.Null(await Sessions.FindAsync(Org, "s0", Cancel));
        Assert.NotNull(await Sessions.FindAsync(Org, "s59", Cancel));
    }

    [Fact]
    public async Task The_file_of_a_large_body_goes_with_the_last_entry_that_has_it()
    {
        foreach (var name in (string[])["pruned", "deleted", "kept"])
        {
            await CreateAsync(name);
            await FillAsync(name, entries: 1, length: 300_000);
            await AppendAsync(name, Note("newest"));
        }

        Assert.Single(BlobFiles());
        Time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(await Fixture.Stores.Retention.PruneAsync(new PrunableLog(Org, "ses_pruned", 1), TimeSpan.FromHours(1), 10, Cancel));
        await Sessions.DeleteAsync(Org, "deleted", Cancel);
        Assert.Single(BlobFiles());

        await Sessions.DeleteAsync(Org, "kept", Cancel);

        Assert.Empty(BlobFiles());
    }

    async Task FillAsync(string session, int entries, int length) =>
        await AppendAsync(session, [.. Enumerable.Range(0, entries).Select(_ => Note(new string('x', length)))]);

    async Task<StorageSize> MeasureAsync() => (await Fixture.Stores.Retention.MeasureAsync(Cancel))!;

    string[] BlobFiles() => Directory.GetFiles(Path.Combine(Folder, "blobs"), "*", SearchOption.AllDirectories);
}
