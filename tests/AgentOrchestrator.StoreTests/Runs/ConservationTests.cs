using System.Diagnostics;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>As many notifications as children ended, whatever ended them and however many at once.</summary>
public abstract class ConservationTests(StoreFixture fixture) : RunTest(fixture)
{
    const string Owner = "person:owner";

    public static readonly CoordinatorOptions WideTrees = new() { MaxLiveChildren = 0, MaxTreeDescendants = 0, MaxQueuedPerSession = 100_000 };

    /// <summary>How many children a storm has.</summary>
    protected virtual int StormSize => 150;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_end_of_a_child_is_told_once_whatever_ended_it(int seed)
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        var ends = new Dictionary<string, Func<string, Task>>
        {
            ["completed"] = async name => await EndAsync(await ChildAsync(name), Completed),
            ["failed"] = async name => await EndAsync(await ChildAsync(name), Failed),
            ["timed-out"] = async name => await EndAsync(await ChildAsync(name), new RunEnd(RunStatus.Failed, "timeout", "too long")),
            ["stopped"] = StoppedAsync,
            ["stopped-by-its-run"] = async name => await Runs.StopAsync(Org, (await EnqueueAsync(StartChild(name, "parent"))).RunId, Owner, Cancel),
            ["stopped-queued"] = QueuedAndStoppedAsync,
            ["stopped-silent"] = StoppedInSilenceAsync,
            ["lost"] = LostAsync,
            ["taken-over"] = TakenOverAsync,
            ["expired"] = ExpiredAsync,
            ["restarted"] = RestartedAsync,
            ["deleted"] = DeletedAsync,
        };
        var order = new Random(seed);
        var names = ends.Keys.OrderBy(_ => order.Next()).Select(kind => (Kind: kind, Name: $"{kind}-{seed}")).ToList();
        foreach (var (kind, name) in names)
        {
            await ends[kind](name);
            if (order.Next(2) == 0)
            {
                await DrainAsync();
            }
        }

        await DrainAsync();
        Assert.Equal(names.Select(one => one.Name).Order(StringComparer.Ordinal), (await ToldAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(names.Select(one => one.Name).Order(StringComparer.Ordinal), _delivered.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_storm_of_ends_reaches_a_busy_parent_in_pages_while_others_are_served()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        var children = new List<Run>();
        foreach (var batch in Enumerable.Range(0, StormSize).Chunk(500))
        {
            await Task.WhenAll(batch.Select(i => EnqueueAsync(StartChild($"c{i}", "parent"))));
            foreach (var _ in batch)
            {
                children.Add(await TakeAsync());
            }
        }

        await RegisterAsync(RunnerOf("other") with { Executors = ["chat"] });
        var since = Stopwatch.GetTimestamp();
        var storm = Task.WhenAll(children.Select(child => EndAsync(child, Completed with { ResultText = new string('x', 1_000) })));
        var (lives, slowest) = (0, TimeSpan.Zero);
        while (!storm.IsCompleted)
        {
            var begun = Stopwatch.GetTimestamp();
            await EnqueueAsync(Start($"o{lives}") with { Executor = "chat" });
            await EndAsync(await TakeAsync("other"), Completed);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(begun).Ticks));
            lives++;
        }

        await storm;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{StormSize} ends in {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s; beside them {lives} lives of other sessions, the slowest in {slowest.TotalMilliseconds:N0} ms");
        // A life is four pieces of work: were they to wait behind the whole storm, hardly one would come to its end beside it.
        Assert.InRange(lives, StormSize / 500, int.MaxValue);
        Assert.Single(await RunsOfAsync("parent"));
        await EndAsync(parent, Completed);
        var pages = await DrainAsync();

        Assert.Equal(children.Select(child => child.SessionName).Order(StringComparer.Ordinal), (await ToldAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(children.Select(child => child.SessionName).Order(StringComparer.Ordinal), _delivered.Order(StringComparer.Ordinal));
        Assert.Equal((StormSize + 49) / 50, pages);
    }

    readonly List<string> _delivered = [];

    async Task<Run> ChildAsync(string name)
    {
        await EnqueueAsync(StartChild(name, "parent"));
        return await TakeChildAsync(name);
    }

    // The parent's own resumes are executed on the way.
    async Task<Run> TakeChildAsync(string name)
    {
        while (true)
        {
            var run = await TakeAsync();
            if (run.SessionName == name)
            {
                return run;
            }

            await DeliveredAsync(run);
        }
    }

    /// <summary>Executes the parent's resumes until none is left.</summary>
    /// <returns>How many there were.</returns>
    async Task<int> DrainAsync()
    {
        var pages = 0;
        while (await ClaimAsync() is { } claimed)
        {
            await DeliveredAsync(await Runs.StartAsync(LeaseOf(claimed), null, null, Cancel));
            pages++;
        }

        return pages;
    }

    async Task DeliveredAsync(Run resume)
    {
        Assert.Equal("parent", resume.SessionName);
        string[] heads = resume.Prompt.StartsWith("Multiple", StringComparison.Ordinal)
            ? [.. resume.Prompt.Split("### Child: ")[1..].Select(part => part[..part.IndexOf(' ')])]
            : [resume.Prompt.Split('"')[1]];
        Assert.InRange(heads.Length, 1, 50);
        _delivered.AddRange(heads);
        await EndAsync(resume, Completed);
    }

    /// <summary>The children that the parent's log names, as often as it does.</summary>
    async Task<List<string>> ToldAsync()
    {
        var parent = (await SessionAsync("parent")).SessionId;
        var told = new List<string>();
        var after = 0L;
        while (await Sessions.ReadAsync(Org, parent, after, 1_000, Cancel) is { Count: > 0 } page)
        {
            told.AddRange(page.Where(entry => entry.Type == EventTypes.Callback)
                .Select(entry => entry.ReadFields().Data!.Value.GetProperty("child_session_name").GetString()!));
            after = page[^1].Seq;
        }

        return told;
    }

    async Task StoppedAsync(string name)
    {
        var run = await ChildAsync(name);
        await Runs.StopSessionAsync(Org, name, Owner, wholeTree: false, Cancel);
        await EndAsync(run, Stopped);
        await EndAsync(run, Stopped);
    }

    async Task QueuedAndStoppedAsync(string name)
    {
        await EnqueueAsync(StartChild(name, "parent"));
        await Runs.StopSessionAsync(Org, name, Owner, wholeTree: false, Cancel);
    }

    async Task StoppedInSilenceAsync(string name)
    {
        await ChildAsync(name);
        await Runs.StopSessionAsync(Org, name, Owner, wholeTree: false, Cancel);
        await SilenceAsync();
    }

    async Task LostAsync(string name)
    {
        await ChildAsync(name);
        await SilenceAsync();
    }

    async Task TakenOverAsync(string name)
    {
        var run = await ChildAsync(name);
        Time.Advance(TimeSpan.FromSeconds(16));
        await RegisterAsync(RunnerOf("lnch_1") with { InstanceId = name });
        await Runs.ReapAsync(100, Cancel);
        await StaleAsync(() => EndAsync(run, Completed));
        Time.Advance(TimeSpan.FromSeconds(16));
        await RegisterAsync();
    }

    async Task ExpiredAsync(string name)
    {
        await EnqueueAsync(StartChild(name, "parent") with { Demands = new Demands { Hostname = "nowhere" } });
        await DrainAsync();
        Time.Advance(TimeSpan.FromSeconds(301));
        await Runs.ReapAsync(100, Cancel);
    }

    async Task RestartedAsync(string name)
    {
        await ChildAsync(name);
        await Fixture.RestartAsync();
        await Runs.RecoverAsync(RecoveryMode.All, Cancel);
    }

    async Task DeletedAsync(string name)
    {
        await EnqueueAsync(StartChild(name, "parent"));
        await Sessions.DeleteAsync(Org, name, Cancel);
    }

    async Task SilenceAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(31));
        await Runs.ReapAsync(100, Cancel);
    }
}

public sealed class SqliteConservationTests() : ConservationTests(new SqliteFixture { Options = WideTrees })
{
    protected override int StormSize => Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 10_000 : base.StormSize;
}

public sealed class PostgresConservationTests() : ConservationTests(new PostgresFixture { Options = WideTrees })
{
    protected override int StormSize => Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 1_000 : 250;
}
