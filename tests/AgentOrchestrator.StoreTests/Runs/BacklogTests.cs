using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class BacklogTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task An_empty_database_has_none() =>
        Assert.Equal(new RunBacklog(0, 0, 0, 0, 0, 0, null, 0), await Runs.MeasureAsync(Cancel));

    [Fact]
    public async Task Each_run_is_counted_once_by_its_status()
    {
        await RegisterAsync();
        await RunningAsync("running");
        var stopping = await RunningAsync("stopping");
        await Runs.StopAsync(Org, stopping.RunId, "person:owner", Cancel);
        await EndAsync(await RunningAsync("ended"), Completed);
        await QueueAsync("claimed");
        await ClaimAsync();
        var oldest = await QueueAsync("first");
        Time.Advance(TimeSpan.FromMinutes(1));
        await QueueAsync("second");

        var backlog = await Runs.MeasureAsync(Cancel);

        Assert.Equal(new RunBacklog(2, 1, 1, 0, 1, 0, oldest.CreatedAt, 0), backlog);
    }

    [Fact]
    public async Task A_callback_waits_while_its_parent_is_busy()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EnqueueAsync(StartChild("child", parent.SessionId));
        await EndAsync(await TakeAsync(), Completed);
        Assert.Equal(1, (await Runs.MeasureAsync(Cancel)).CallbacksWaiting);

        await EndAsync(parent, Completed);

        Assert.Equal(0, (await Runs.MeasureAsync(Cancel)).CallbacksWaiting);
    }
}

public sealed class SqliteBacklogTests() : BacklogTests(new SqliteFixture());

public sealed class PostgresBacklogTests() : BacklogTests(new PostgresFixture());
