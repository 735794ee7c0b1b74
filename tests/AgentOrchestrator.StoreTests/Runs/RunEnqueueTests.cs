using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class RunEnqueueTests(StoreFixture fixture) : RunTest(fixture)
{
    public static readonly CoordinatorOptions SmallQueue = new() { MaxQueuedPerSession = 3 };

    [Fact]
    public async Task A_start_writes_session_run_and_event_together()
    {
        var start = Start("one", "hello there") with { AgentName = "writer", AgentRevision = 3, Executor = "chat", Actor = "person:owner" };
        var run = await EnqueueAsync(start);

        Assert.Equal(RunStatus.Pending, run.Status);
        Assert.Equal(start.RunId, run.RunId);
        Assert.Equal(start.Session!.SessionId, run.SessionId);
        Assert.Equal("one", run.SessionName);
        Assert.Equal(("writer", 3L, "chat", "hello there"), (run.AgentName, run.AgentRevision, run.Executor, run.Prompt));
        Assert.Equal(Time.GetUtcNow(), run.CreatedAt);
        Assert.Null(run.TimeoutAt);
        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));

        var entry = Assert.Single(await LogAsync("one"));
        Assert.Equal((EventTypes.RunQueued, 1L, run.RunId, "person:owner"), (entry.Type, entry.Seq, entry.RunId, entry.Actor));
        var data = entry.ReadFields().Data!.Value;
        Assert.Equal(run.RunId, data.GetProperty("run_id").GetString());
        Assert.Equal("start_session", data.GetProperty("type").GetString());
        Assert.Equal(11, data.GetProperty("prompt_length").GetInt32());
        Assert.Equal("writer", data.GetProperty("agent").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_keeps_whether_it_does_without_memory(bool? useMemory)
    {
        var run = await EnqueueAsync(Start("one") with { UseMemory = useMemory });

        Assert.Equal((useMemory, useMemory), (run.UseMemory, (await Runs.FindAsync(Org, run.RunId, Cancel))!.UseMemory));
    }

    [Fact]
    public async Task A_start_is_told_as_a_session_its_event_and_a_claimable_run()
    {
        var run = await QueueAsync("one");

        var claimable = await Sink.WaitForAsync<RunClaimable>();
        Assert.Equal(run.RunId, claimable.RunId);
        Assert.Equal(run.SessionId, Assert.Single(Sink.Changes.OfType<SessionCreated>()).Session.SessionId);
        Assert.Equal(EventTypes.RunQueued, Assert.Single(Assert.Single(Sink.Changes.OfType<EventsAppended>()).Entries).Type);
        Assert.Equal(run.RunId, Assert.Single(Sink.Changes.OfType<RunChanged>()).Run.RunId);
    }

    [Fact]
    public async Task A_start_of_a_taken_name_is_refused_and_leaves_nothing()
    {
        await QueueAsync("one");
        var second = Start("ONE");

        var refusal = await RefusedAsync(ErrorCode.Conflict, () => EnqueueAsync(second));

        Assert.Equal("Session 'ONE' already exists. Please use a different session name.", refusal.Message);
        Assert.Null(await Runs.FindAsync(Org, second.RunId, Cancel));
        Assert.Single(await LogAsync("one"));
    }

    [Fact]
    public async Task Of_many_starts_of_one_name_at_one_moment_exactly_one_wins()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                return await QueueAsync("one");
            }
            catch (ProductException refusal) when (refusal.Code == ErrorCode.Conflict)
            {
                return null;
            }
        }));

        var winner = Assert.Single(starts.OfType<Run>());
        Assert.Equal(winner.RunId, Assert.Single(await RunsOfAsync("one")).RunId);
        Assert.Single(await LogAsync("one"));
    }

    [Fact]
    public async Task A_start_below_an_unknown_parent_is_refused_and_leaves_nothing()
    {
        await RefusedAsync(ErrorCode.NotFound, () => EnqueueAsync(StartChild("one", "nobody")));

        Assert.Null(await Sessions.FindAsync(Org, "one", Cancel));
    }

    [Fact]
    public async Task A_resume_of_an_unknown_session_is_refused()
    {
        var refusal = await RefusedAsync(ErrorCode.NotFound, () => EnqueueAsync(Resume("nobody")));

        Assert.Equal("Session not found", refusal.Message);
    }

    [Fact]
    public async Task A_resume_goes_on_with_the_agent_folder_parent_and_mode_of_its_session()
    {
        await QueueAsync("parent");
        var start = StartChild("child", "parent");
        await EnqueueAsync(start with { Session = start.Session! with { AgentName = "writer", ProjectDir = "/src" } });

        var resume = await EnqueueAsync(Resume("CHILD"));

        Assert.Equal(("writer", "/src", ExecutionMode.AsyncCallback), (resume.AgentName, resume.ProjectDir, resume.ExecutionMode));
        Assert.Equal("parent", resume.ParentName);
        Assert.Equal((await SessionAsync("parent")).SessionId, resume.ParentSessionId);
    }

    [Fact]
    public async Task A_resume_may_name_its_own_parent_mode_and_agent()
    {
        await QueueAsync("other");
        await QueueAsync("one");

        var resume = await EnqueueAsync(
            Resume("one") with { Parent = "OTHER", ExecutionMode = ExecutionMode.AsyncCallback, AgentName = "editor", ProjectDir = "/doc" });

        Assert.Equal(("other", ExecutionMode.AsyncCallback, "editor", "/doc"),
            (resume.ParentName, resume.ExecutionMode, resume.AgentName, resume.ProjectDir));
        await RefusedAsync(ErrorCode.NotFound, () => EnqueueAsync(Resume("one") with { Parent = "nobody" }));
    }

    [Fact]
    public async Task Only_so_many_runs_queue_behind_a_session()
    {
        await QueueAsync("one");
        await EnqueueAsync(Resume("one"));
        await EnqueueAsync(Resume("one"));

        await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(Resume("one")));

        Assert.Equal(3, (await RunsOfAsync("one")).Count);
    }

    [Fact]
    public async Task Demands_come_back_and_bound_the_wait()
    {
        var demands = new Demands { Hostname = "h", ProjectDir = "/p", ExecutorType = "chat", Tags = ["a", "b"] };
        var run = await EnqueueAsync(Start("one") with { Demands = demands });

        Assert.Equal(Time.GetUtcNow() + Fixture.Options.NoMatchTimeout, run.TimeoutAt);
        Assert.Equal(("h", "/p", "chat"), (run.Demands!.Hostname, run.Demands.ProjectDir, run.Demands.ExecutorType));
        Assert.Equal(["a", "b"], run.Demands.Tags!);
        Assert.Null((await EnqueueAsync(Start("two") with { Demands = new Demands { Tags = [] } })).TimeoutAt);
    }

    [Fact]
    public async Task A_key_gives_its_first_outcome_and_one_effect()
    {
        var key = new IdempotencyKey(Org, "person:owner", "k1", "hash");
        var start = Start("one");
        var first = await Runs.EnqueueAsync(start, key, Cancel);
        await RegisterAsync();
        await ClaimAsync();

        var again = await Runs.EnqueueAsync(Start("one"), key, Cancel);

        Assert.False(first.IsReplay);
        Assert.True(again.IsReplay);
        Assert.Equal((start.RunId, RunStatus.Pending), (again.Value.RunId, again.Value.Status));
        Assert.Single(await RunsOfAsync("one"));
        await RefusedAsync(ErrorCode.Invalid, () => Runs.EnqueueAsync(start, key with { RequestHash = "other" }, Cancel));
    }

    [Fact]
    public async Task A_key_used_twice_at_one_moment_has_one_effect()
    {
        await QueueAsync("one");
        await RegisterAsync();
        var key = new IdempotencyKey(Org, "person:owner", "k1", "hash");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Runs.EnqueueAsync(Resume("one"), key, Cancel)));

        Assert.Single(outcomes, outcome => !outcome.IsReplay);
        Assert.Single(outcomes.Select(outcome => outcome.Value.RunId).Distinct());
        Assert.Equal(2, (await RunsOfAsync("one")).Count);
    }

    [Fact]
    public async Task Prompts_keep_every_character()
    {
        var prompt = "nul \0 sub \u001a pair 😀 quote ' end";

        var run = await EnqueueAsync(Start("one", prompt));

        Assert.Equal(prompt, run.Prompt);
        Assert.Equal(prompt, (await FoundAsync(run.RunId)).Prompt);
    }

    [Fact]
    public async Task The_list_is_in_the_order_of_arrival_and_pages_without_loss()
    {
        var queued = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            queued.Add((await QueueAsync($"s{i}")).RunId);
            Time.Advance(TimeSpan.FromMilliseconds(i % 2));
        }

        var paged = new List<string>();
        PageKey? after = null;
        while (await ListAsync(new RunQuery { Limit = 2, After = after }) is { Count: > 0 } page)
        {
            paged.AddRange(page.Select(run => run.RunId));
            after = new PageKey(page[^1].CreatedAt, page[^1].RunId);
        }

        Assert.Equal(queued, (await ListAsync(new RunQuery())).Select(run => run.RunId));
        Assert.Equal(queued, paged);
        Assert.Empty(await ListAsync(new RunQuery { Status = RunStatus.Running }));
    }

    [Fact]
    public async Task A_page_begins_where_the_one_before_ended_though_its_last_run_is_gone()
    {
        await QueueAsync("first");
        var last = await QueueAsync("last");
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var next = await QueueAsync("next");
        await Sessions.DeleteAsync(Org, "last", Cancel);

        var page = await ListAsync(new RunQuery { After = new PageKey(last.CreatedAt, last.RunId) });

        Assert.Equal([next.RunId], page.Select(run => run.RunId));
    }

    async Task<List<Run>> ListAsync(RunQuery query)
    {
        var runs = new List<Run>();
        await foreach (var run in Runs.ListAsync(Org, query, Cancel))
        {
            runs.Add(run);
        }

        return runs;
    }
}

public sealed class SqliteRunEnqueueTests() : RunEnqueueTests(new SqliteFixture { Options = SmallQueue });

public sealed class PostgresRunEnqueueTests() : RunEnqueueTests(new PostgresFixture { Options = SmallQueue });
