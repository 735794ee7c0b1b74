using System.Diagnostics;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.ServerTests.Runs;

public sealed class DispatchTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_held_poll_is_woken_by_the_enqueue_and_not_by_a_scan()
    {
        await using var server = await StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var poll = runner.PollAsync();
        await UntilParkedAsync(server, 1);

        var since = Stopwatch.GetTimestamp();
        var queued = await EnqueueAsync(server.Client, "one");
        var run = await poll.WaitAsync(s_patience);

        Assert.Equal(queued, run!.Value.Text("run_id"));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(2), "the poll was not woken");
    }

    [Fact]
    public async Task Each_run_wakes_one_held_poll_first_come_first_served()
    {
        await using var server = await StartAsync();
        var polls = new List<Task<JsonElement?>>();
        for (var i = 0; i < 5; i++)
        {
            var runner = await FakeRunner.RegisterAsync(server.Client, $"r{i}");
            polls.Add(runner.PollAsync());
            await UntilParkedAsync(server, i + 1);
        }

        for (var i = 0; i < 5; i++)
        {
            var queued = await EnqueueAsync(server.Client, $"s{i}");
            var run = await polls[i].WaitAsync(s_patience);

            Assert.Equal(queued, run!.Value.Text("run_id"));
            Assert.Equal(4 - i, polls.Count(poll => !poll.IsCompleted));
        }
    }

    [Fact]
    public async Task A_poll_that_cannot_take_a_run_passes_its_wake_up_on()
    {
        await using var server = await StartAsync();
        var unfit = (await FakeRunner.RegisterAsync(server.Client, "unfit")).PollAsync();
        await UntilParkedAsync(server, 1);
        var fit = (await FakeRunner.RegisterAsync(server.Client, "fit")).PollAsync();
        await UntilParkedAsync(server, 2);

        await server.Client.PostJsonAsync("/runs", new
        {
            type = "start_session",
            session_name = "s",
            prompt = "p",
            additional_demands = new { project_dir = "/fit" },
        });

        Assert.NotNull(await fit.WaitAsync(TimeSpan.FromSeconds(3)));
        Assert.False(unfit.IsCompleted);
    }

    [Fact]
    public async Task A_claim_whose_poll_is_gone_is_given_to_another_runner()
    {
        await using var server = await StartAsync();
        var first = await FakeRunner.RegisterAsync(server.Client, "first");
        var second = await FakeRunner.RegisterAsync(server.Client, "second");
        using var gone = new CancellationTokenSource();
        var lost = first.PollAsync(gone.Token);
        await UntilParkedAsync(server, 1);

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        var queued = await EnqueueAsync(server.Client, "s");

        Assert.Equal(queued, await second.ClaimAsync());
    }

    [Fact]
    public async Task A_runner_that_does_not_start_what_it_was_given_stands_in_nobodys_way()
    {
        await using var server = await StartAsync(options => options with
        {
            ClaimAck = TimeSpan.FromMilliseconds(500),
            ReapInterval = TimeSpan.FromMilliseconds(100),
            Lease = TimeSpan.FromSeconds(1),
        });
        var frozen = await FakeRunner.RegisterAsync(server.Client, "frozen", keepsLeases: true);
        var given = frozen.PollAsync();
        await UntilParkedAsync(server, 1);
        var held = frozen.PollAsync();
        await UntilParkedAsync(server, 2);
        var other = (await FakeRunner.RegisterAsync(server.Client, "other")).PollAsync();
        await UntilParkedAsync(server, 3);

        var queued = await EnqueueAsync(server.Client, "s");

        Assert.Equal(queued, (await given.WaitAsync(s_patience))!.Value.Text("run_id"));
        Assert.Equal(queued, (await other.WaitAsync(s_patience))!.Value.Text("run_id"));
        Assert.Null(await held.WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_runner_at_its_limit_gets_the_next_run_when_one_has_ended()
    {
        await using var server = await StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a", maxConcurrent: 1);
        var first = await EnqueueAsync(server.Client, "one");
        var second = await EnqueueAsync(server.Client, "two");
        Assert.Equal(first, await runner.ClaimAsync());
        var poll = runner.PollAsync();
        await UntilParkedAsync(server, 1);

        await runner.CompleteAsync(first);

        Assert.Equal(second, (await poll.WaitAsync(TimeSpan.FromSeconds(3)))!.Value.Text("run_id"));
    }

    [Fact]
    public async Task Two_runs_of_one_session_are_never_live_at_once()
    {
        await using var server = await StartAsync(pollSeconds: 0.2);
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var first = await EnqueueAsync(server.Client, "talk");
        var second = (await server.Client.PostJsonAsync(
            "/runs", new { type = "resume_session", session_name = "talk", prompt = "more" })).Text("run_id");

        Assert.Equal(first, await runner.ClaimAsync());
        Assert.Null(await runner.PollAsync());
        await runner.StartAsync(first);
        Assert.Null(await runner.PollAsync());
        await runner.CompleteAsync(first);
        Assert.Equal(second, await runner.ClaimAsync());
    }

    [Fact]
    public async Task Many_runners_share_many_runs_without_one_doubled_or_lost()
    {
        await using var server = await StartAsync(pollSeconds: 1);
        var runners = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => FakeRunner.RegisterAsync(server.Client, $"r{i}")));
        var working = runners.Select(ClaimAllAsync).ToList();

        var queued = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => EnqueueAsync(server.Client, $"s{i}")));
        var claimed = (await Task.WhenAll(working)).SelectMany(runs => runs);

        Assert.Equal(queued.Order(StringComparer.Ordinal), claimed.Order(StringComparer.Ordinal));

        static async Task<List<string>> ClaimAllAsync(FakeRunner runner)
        {
            var runs = new List<string>();
            while (await runner.PollAsync() is { } run)
            {
                runs.Add(run.Text("run_id"));
            }

            return runs;
        }
    }

    static Task<TestServer> StartAsync(double pollSeconds = 20) => StartAsync(options => options with
    {
        PollTimeout = TimeSpan.FromSeconds(pollSeconds),
        PollRescan = TimeSpan.FromSeconds(pollSeconds),
    });

    static Task<TestServer> StartAsync(Func<CoordinatorOptions, CoordinatorOptions> adjust) => TestServer.StartAsync(options => options with
    {
        Coordinator = adjust(new CoordinatorOptions { PollTimeout = TimeSpan.FromSeconds(60), PollRescan = TimeSpan.FromSeconds(60) }),
    });

    static async Task<string> EnqueueAsync(HttpClient client, string name) =>
        (await client.PostJsonAsync("/runs", new { type = "start_session", session_name = name, prompt = "p" })).Text("run_id");

    static Task UntilParkedAsync(TestServer server, int count) => Eventually.TrueAsync(
        () => server.Host.Services.GetRequiredService<ParkedPolls>().Count == count,
        $"{count} polls are held", s_patience, TestContext.Current.CancellationToken);
}
