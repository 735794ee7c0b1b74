using System.Text.Json;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>The words in which tests of runs speak.</summary>
public abstract class RunTest(StoreFixture fixture) : StoreTest(fixture)
{
    protected static readonly RunEnd Completed = new(RunStatus.Completed) { ExitCode = 0, ResultText = "done" };
    protected static readonly RunEnd Failed = new(RunStatus.Failed, "error", "it broke") { ExitCode = 2 };
    protected static readonly RunEnd Stopped = new(RunStatus.Stopped, "stopped") { Signal = "SIGTERM" };

    protected static NewRun Start(string name, string prompt = "hello") => new()
    {
        Org = Org,
        RunId = Ids.NewRun(),
        Type = RunType.StartSession,
        Session = new NewSession { Org = Org, SessionId = Ids.NewSession(), Name = name },
        Prompt = prompt,
    };

    /// <summary>A session that is started by another one.</summary>
    protected static NewRun StartChild(string name, string parent, ExecutionMode mode = ExecutionMode.AsyncCallback)
    {
        var start = Start(name);
        return start with { Session = start.Session! with { Parent = parent, ExecutionMode = mode }, ExecutionMode = mode };
    }

    protected static NewRun Resume(string session, string prompt = "go on") => new()
    {
        Org = Org,
        RunId = Ids.NewRun(),
        Type = RunType.ResumeSession,
        Resumes = session,
        Prompt = prompt,
    };

    protected async Task<Run> EnqueueAsync(NewRun run) => (await Runs.EnqueueAsync(run, key: null, Cancel)).Value;

    protected Task<Run> QueueAsync(string name) => EnqueueAsync(Start(name));

    protected Runner RunnerOf(string runnerId) => new()
    {
        Org = Org,
        RunnerId = runnerId,
        InstanceId = runnerId + "-1",
        Executors = [],
        Tags = [],
        Lease = TimeSpan.FromSeconds(30),
        RegisteredAt = Time.GetUtcNow(),
        LastHeartbeatAt = Time.GetUtcNow(),
    };

    protected async Task<Runner> RegisterAsync(Runner runner) =>
        (await Runners.RegisterAsync(runner, TimeSpan.FromSeconds(15), Cancel)).Registered!;

    protected Task<Runner> RegisterAsync(string runnerId = "lnch_1") => RegisterAsync(RunnerOf(runnerId));

    protected static ClaimRequest ClaimBy(string runnerId) => new() { Org = Org, RunnerId = runnerId, RunTokenHash = Ids.New("", 64) };

    protected async Task<Run?> ClaimAsync(string runnerId = "lnch_1") => (await Runs.ClaimAsync(ClaimBy(runnerId), Cancel))?.Run;

    protected static LeaseRef LeaseOf(Run run) => new(Org, run.RunId, run.RunnerId!, run.Fence);

    /// <summary>A queued run of a new session, claimed and started.</summary>
    protected async Task<Run> RunningAsync(string name, string runnerId = "lnch_1")
    {
        await QueueAsync(name);
        return await TakeAsync(runnerId);
    }

    /// <summary>Claims and starts whatever is next.</summary>
    protected async Task<Run> TakeAsync(string runnerId = "lnch_1")
    {
        var claimed = await ClaimAsync(runnerId);
        Assert.NotNull(claimed);
        return await Runs.StartAsync(LeaseOf(claimed), null, null, Cancel);
    }

    protected Task<Run> EndAsync(Run run, RunEnd end) => Runs.EndAsync(LeaseOf(run), end, Cancel);

    protected async Task<Run> FoundAsync(string runId) => (await Runs.FindAsync(Org, runId, Cancel))!;

    protected async Task<Session> SessionAsync(string name) => (await Sessions.FindAsync(Org, name, Cancel))!;

    protected async Task<SessionStatus> StatusAsync(string name) => (await SessionAsync(name)).Status;

    protected async Task<LogEntry[]> LogAsync(string name) =>
        [.. await Sessions.ReadAsync(Org, (await SessionAsync(name)).SessionId, 0, 10_000, Cancel)];

    protected async Task<string[]> LogTypesAsync(string name) => [.. (await LogAsync(name)).Select(entry => entry.Type)];

    protected async Task<IReadOnlyList<Run>> RunsOfAsync(string name)
    {
        var runs = new List<Run>();
        await foreach (var run in Runs.ListAsync(Org, new RunQuery { SessionId = (await SessionAsync(name)).SessionId }, Cancel))
        {
            runs.Add(run);
        }

        return runs;
    }

    protected NewEvent Message(string text, string role = "assistant") => NewEvent.Of(
        EventTypes.Message,
        new EventFields { Role = role, Content = JsonElement.Parse($$"""[{"type":"text","text":{{JsonSerializer.Serialize(text)}}}]""") },
        Time.GetUtcNow());

    protected static Task<ProductException> StaleAsync(Func<Task> report) => RefusedAsync("stale_lease", report);

    protected static async Task<ProductException> RefusedAsync(string reason, Func<Task> act)
    {
        var refusal = await RefusedAsync(ErrorCode.Conflict, act);
        Assert.Equal(reason, refusal.Reason);
        return refusal;
    }
}
