using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Reports in any order, doubled, late and from old leases, against a model that fits on a page.</summary>
public abstract class RunModelTests(StoreFixture fixture) : RunTest(fixture)
{
    const int Steps = 120;

    long _round;

    public static TheoryData<int> Seeds() =>
        [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("TEST_LEVEL") == "full" ? 20 : 5)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_shuffled_history_ends_as_the_model_says(int seed)
    {
        var random = new Random(seed);
        var models = new List<Model>();
        var leases = new List<LeaseRef>();
        await RegisterAsync();

        for (var step = 0; step < Steps; step++)
        {
            await ActAsync(random, models, leases);
            foreach (var model in models)
            {
                var run = await FoundAsync(model.RunId);
                Assert.True(model.Status == run.Status, $"seed {seed}, step {step}: {run.Status} instead of {model.Status}");
                Assert.Equal(model.Fence, run.Fence);
            }
        }

        await CheckLogsAsync(models);
    }

    async Task ActAsync(Random random, List<Model> models, List<LeaseRef> leases)
    {
        switch (random.Next(12))
        {
            case 0 when models.Select(model => model.Session).Distinct().Count() < 5:
                await QueueAsync(random, models, Start($"s{models.Count}"));
                break;
            case 0 or 1 when models.Count is > 0 and < 20:
                await QueueAsync(random, models, Resume(Pick(random, models).Session));
                break;
            case 2 or 3:
                await ClaimNextAsync(models, leases);
                break;
            case 4 when models.Count > 0 && random.Next(3) == 0:
                var stopped = Pick(random, models);
                stopped.Stop();
                await Runs.StopAsync(Org, stopped.RunId, "person:owner", Cancel);
                break;
            case 5 when random.Next(6) == 0:
                Time.Advance(TimeSpan.FromSeconds(31));
                models.ForEach(model => model.LeaseEnds());
                await Runs.ReapAsync(1_000, Cancel);
                break;
            default:
                if (leases.Count > 0)
                {
                    await ReportAsync(random, Pick(random, leases), models);
                }

                break;
        }
    }

    async Task QueueAsync(Random random, List<Model> models, NewRun run)
    {
        var priority = random.Next(4) == 0 ? random.Next(-30, 31) : 0;
        var queued = await EnqueueAsync(run with { Priority = priority });
        var ahead = models.Where(model => model.Session == queued.SessionName && model.Status == RunStatus.Pending
            && model.IsResume && model.Priority >= priority);
        var turn = Math.Max(_round, ahead.Select(model => model.Turn + 1).DefaultIfEmpty(0).Max());
        models.Add(new Model(queued, turn));
    }

    async Task ClaimNextAsync(List<Model> models, List<LeaseRef> leases)
    {
        var expected = models.Where(model => model.Status == RunStatus.Pending
                && !models.Exists(other => other.Session == model.Session && other.IsLive)
                && models.Find(other => other.Session == model.Session && other.Status == RunStatus.Pending) == model)
            .MinBy(model => model.Rank);
        var claimed = await ClaimAsync();
        Assert.Equal(expected?.RunId, claimed?.RunId);
        if (claimed is not null)
        {
            expected!.Claim();
            _round = Math.Max(_round, expected.Turn);
            leases.Add(LeaseOf(claimed));
        }
    }

    async Task ReportAsync(Random random, LeaseRef lease, List<Model> models)
    {
        var model = models.Single(candidate => candidate.RunId == lease.RunId);
        var end = random.Next(4) switch { 0 => Completed, 1 => Failed, 2 => Stopped, _ => null };
        var isAccepted = end is null ? model.Start(lease.Fence!.Value) : model.End(lease.Fence!.Value, end);
        var isTaken = true;
        try
        {
            await (end is null ? Runs.StartAsync(lease, null, null, Cancel) : Runs.EndAsync(lease, end, Cancel));
        }
        catch (ProductException refusal) when (refusal.Code == ErrorCode.Conflict)
        {
            isTaken = false;
        }

        Assert.True(isAccepted == isTaken, $"{end?.Status} of fence {lease.Fence} for {model}");
    }

    // Dense logs, and for every run that ended exactly one end in them.
    async Task CheckLogsAsync(List<Model> models)
    {
        foreach (var session in models.GroupBy(model => model.Session))
        {
            var log = await LogAsync(session.Key);
            Assert.Equal(Enumerable.Range(1, log.Length).Select(seq => (long)seq), log.Select(entry => entry.Seq));
            var ends = log.Where(entry => entry.Type is EventTypes.RunCompleted or EventTypes.RunFailed or EventTypes.RunStopped);
            Assert.Equal(
                session.Where(model => RunMoves.IsTerminal(model.Status)).Select(model => model.RunId).Order(),
                ends.Select(entry => entry.RunId).Order());
        }
    }

    static T Pick<T>(Random random, List<T> from) => from[random.Next(from.Count)];

    sealed class Model(Run run, long turn)
    {
        RunEnd? _reported;
        long _leased = -1;

        public string RunId { get; } = run.RunId;

        public long Turn { get; } = turn;

        public bool IsResume { get; } = run.Type == RunType.ResumeSession;

        public int Priority { get; } = run.Priority;

        public DateTimeOffset Rank { get; } = run.CreatedAt + (turn * TimeSpan.FromHours(24)) - (run.Priority * TimeSpan.FromHours(1));

        public string Session { get; } = run.SessionName;

        public RunStatus Status { get; private set; } = RunStatus.Pending;

        public long Fence { get; private set; }

        public bool IsLive => RunMoves.IsLive(Status);

        public void Claim() => (Status, _leased) = (RunStatus.Claimed, ++Fence);

        public bool Start(long fence)
        {
            if (fence != _leased || Status is not (RunStatus.Claimed or RunStatus.Running))
            {
                return false;
            }

            Status = RunStatus.Running;
            return true;
        }

        public bool End(long fence, RunEnd end)
        {
            if (fence != _leased || !IsLive)
            {
                return fence == _leased && _reported == end;
            }

            Status = end.Status == RunStatus.Failed && Status == RunStatus.Stopping ? RunStatus.Stopped : end.Status;
            _reported = end;
            return true;
        }

        public void Stop()
        {
            if (Status == RunStatus.Pending)
            {
                EndUnreported(RunStatus.Stopped);
            }
            else if (IsLive)
            {
                Status = RunStatus.Stopping;
            }
        }

        public void LeaseEnds()
        {
            switch (Status)
            {
                case RunStatus.Claimed:
                    (Status, _leased) = (RunStatus.Pending, -1);
                    break;
                case RunStatus.Running:
                    EndUnreported(RunStatus.Failed);
                    break;
                case RunStatus.Stopping:
                    EndUnreported(RunStatus.Stopped);
                    break;
            }
        }

        public override string ToString() => $"{RunId} {Status} at {Fence}";

        void EndUnreported(RunStatus status) => (Status, _leased, Fence) = (status, -1, Fence + 1);
    }
}

public sealed class SqliteRunModelTests() : RunModelTests(new SqliteFixture());

public sealed class PostgresRunModelTests() : RunModelTests(new PostgresFixture());
