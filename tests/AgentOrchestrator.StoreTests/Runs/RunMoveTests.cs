using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Every verb from every state that verbs lead to.</summary>
public abstract class RunMoveTests(StoreFixture fixture) : RunTest(fixture)
{
    public enum Verb
    {
        Claim,
        Release,
        Start,
        Complete,
        Fail,
        ReportStopped,
        Stop,
        LeaseEnds,
    }

    static readonly RunStatus[] s_states =
    [
        RunStatus.Pending, RunStatus.Claimed, RunStatus.Running, RunStatus.Stopping,
        RunStatus.Completed, RunStatus.Failed, RunStatus.Stopped,
    ];

    static readonly Dictionary<(RunStatus From, Verb Verb), RunStatus> s_moves = new()
    {
        [(RunStatus.Pending, Verb.Claim)] = RunStatus.Claimed,
        [(RunStatus.Pending, Verb.Stop)] = RunStatus.Stopped,
        [(RunStatus.Claimed, Verb.Release)] = RunStatus.Pending,
        [(RunStatus.Claimed, Verb.Start)] = RunStatus.Running,
        [(RunStatus.Claimed, Verb.Complete)] = RunStatus.Completed,
        [(RunStatus.Claimed, Verb.Fail)] = RunStatus.Failed,
        [(RunStatus.Claimed, Verb.ReportStopped)] = RunStatus.Stopped,
        [(RunStatus.Claimed, Verb.Stop)] = RunStatus.Stopping,
        [(RunStatus.Claimed, Verb.LeaseEnds)] = RunStatus.Pending,
        [(RunStatus.Running, Verb.Complete)] = RunStatus.Completed,
        [(RunStatus.Running, Verb.Fail)] = RunStatus.Failed,
        [(RunStatus.Running, Verb.ReportStopped)] = RunStatus.Stopped,
        [(RunStatus.Running, Verb.Stop)] = RunStatus.Stopping,
        [(RunStatus.Running, Verb.LeaseEnds)] = RunStatus.Failed,
        [(RunStatus.Stopping, Verb.Complete)] = RunStatus.Completed,
        [(RunStatus.Stopping, Verb.Fail)] = RunStatus.Stopped,
        [(RunStatus.Stopping, Verb.ReportStopped)] = RunStatus.Stopped,
        [(RunStatus.Stopping, Verb.LeaseEnds)] = RunStatus.Stopped,
    };

    [Fact]
    public async Task Every_verb_makes_exactly_the_moves_of_the_table()
    {
        foreach (var from in s_states)
        {
            foreach (var verb in Enum.GetValues<Verb>())
            {
                var name = $"{from}-{verb}";
                var before = await ReachAsync(name, from);
                var length = (await LogAsync(name)).Length;

                await ApplyAsync(verb, before);

                var after = await FoundAsync(before.RunId);
                var expected = s_moves.GetValueOrDefault((from, verb), from);
                Assert.True(expected == after.Status, $"{from} and {verb} led to {after.Status}");
                Assert.True(from == after.Status || RunMoves.IsAllowed(from, after.Status), $"{from} must not become {after.Status}");
                if (from == after.Status)
                {
                    Assert.Equal(before.CompletedAt, after.CompletedAt);
                    Assert.Equal(length, (await LogTypesAsync(name)).Count(type => type is not EventTypes.LateReport));
                }

                Assert.Equal(ShownAs(after.Status), await StatusAsync(name));
            }
        }
    }

    static SessionStatus ShownAs(RunStatus status) => status switch
    {
        RunStatus.Pending => SessionStatus.Pending,
        RunStatus.Stopping => SessionStatus.Stopping,
        RunStatus.Completed => SessionStatus.Finished,
        RunStatus.Failed => SessionStatus.Failed,
        RunStatus.Stopped => SessionStatus.Stopped,
        _ => SessionStatus.Running,
    };

    // A tag for every case, so that a claim takes no run of another.
    async Task<Run> ReachAsync(string name, RunStatus status)
    {
        await RegisterAsync(RunnerOf(name) with { Tags = [name] });
        var run = await EnqueueAsync(Start(name) with { Demands = new Demands { Tags = [name] } });
        if (status == RunStatus.Pending)
        {
            return run;
        }

        run = (await ClaimAsync(name))!;
        if (status != RunStatus.Claimed)
        {
            run = await Runs.StartAsync(LeaseOf(run), null, null, Cancel);
        }

        return status switch
        {
            RunStatus.Stopping => (await Runs.StopAsync(Org, run.RunId, "person:owner", Cancel))!.Run,
            RunStatus.Completed => await EndAsync(run, Completed),
            RunStatus.Failed => await EndAsync(run, Failed),
            RunStatus.Stopped => await EndAsync(run, Stopped),
            _ => run,
        };
    }

    async Task ApplyAsync(Verb verb, Run run)
    {
        var runner = run.SessionName;
        var lease = new LeaseRef(Org, run.RunId, runner, run.Fence);
        // A run that ended may be told its end again; here the report is one that it has not had.
        var error = $"other than before, as told by {verb}";
        switch (verb)
        {
            case Verb.Claim:
                await ClaimAsync(runner);
                break;
            case Verb.Release:
                await Runs.ReleaseAsync(lease, Cancel);
                break;
            case Verb.Start:
                await ConflictAsync(run, () => Runs.StartAsync(lease, null, null, Cancel));
                break;
            case Verb.Complete:
                await ConflictAsync(run, () => Runs.EndAsync(lease, Completed with { ResultText = error }, Cancel));
                break;
            case Verb.Fail:
                await ConflictAsync(run, () => Runs.EndAsync(lease, Failed with { Error = error }, Cancel));
                break;
            case Verb.ReportStopped:
                await ConflictAsync(run, () => Runs.EndAsync(lease, Stopped with { Signal = error }, Cancel));
                break;
            case Verb.Stop:
                await Runs.StopAsync(Org, run.RunId, "person:owner", Cancel);
                break;
            case Verb.LeaseEnds:
                // Not past the wait for a runner, which would end the pending one.
                Time.Advance(TimeSpan.FromSeconds(31));
                await Runs.ReapAsync(1_000, Cancel);
                break;
        }
    }

    static async Task ConflictAsync(Run run, Func<Task> report)
    {
        try
        {
            await report();
        }
        catch (ProductException refusal) when (refusal.Code == ErrorCode.Conflict)
        {
            Assert.True(RunMoves.IsTerminal(run.Status) || run.Status is RunStatus.Pending or RunStatus.Stopping, refusal.Message);
        }
    }
}

public sealed class SqliteRunMoveTests() : RunMoveTests(new SqliteFixture());

public sealed class PostgresRunMoveTests() : RunMoveTests(new PostgresFixture());
