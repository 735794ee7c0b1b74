using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

/// <summary>Shorthand of the session tests.</summary>
public abstract class SessionStoreTest(StoreFixture fixture) : StoreTest(fixture)
{
    protected static NewSession New(string name, string? parent = null) =>
        new() { Org = Org, SessionId = $"ses_{name.ToLowerInvariant()}", Name = name, Parent = parent };

    protected async Task<Session> CreateAsync(string name, string? parent = null) =>
        (await Sessions.CreateAsync(New(name, parent), null, Cancel)).Value;

    protected NewEvent Note(string text) =>
        NewEvent.Of(EventTypes.Notice, new EventFields { Reason = text }, Time.GetUtcNow(), actor: "person:owner");

    protected NewEvent Result(string text) => NewEvent.Of(EventTypes.Result, new EventFields { ResultText = text }, Time.GetUtcNow());

    protected async Task<Appended> AppendAsync(string session, params NewEvent[] events) =>
        (await Sessions.AppendAsync(Org, session, events, null, null, Cancel)).Value;

    protected async Task<IReadOnlyList<LogEntry>> LogAsync(string session) => await Sessions.ReadAsync(Org, session, 0, 1_000, Cancel);

    protected static IdempotencyKey Key(string key, string hash = "h", string principal = "p") => new(Org, principal, key, hash);

    /// <summary>Starts a session with a run and leaves it claimed and started by a runner.</summary>
    protected async Task<(Session Session, Run Run)> StartLiveAsync(string name)
    {
        await Runners.RegisterAsync(
            new Runner
            {
                Org = Org,
                RunnerId = "lnch_1",
                Executors = [],
                Tags = [],
                Lease = TimeSpan.FromSeconds(30),
                RegisteredAt = Time.GetUtcNow(),
                LastHeartbeatAt = Time.GetUtcNow(),
                InstanceId = "instance",
            },
            TimeSpan.FromSeconds(15),
            Cancel);
        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = Ids.NewRun(), Type = RunType.StartSession, Session = New(name), Prompt = "hello" }, null, Cancel);
        var claim = await Runs.ClaimAsync(
            new ClaimRequest { Org = Org, RunnerId = "lnch_1", RunTokenHash = Ids.New("hash-", 12) }, Cancel);
        var run = await Runs.StartAsync(Lease(claim!.Run), null, null, Cancel);
        return ((await Sessions.FindAsync(Org, name, Cancel))!, run);
    }

    protected static LeaseRef Lease(Run run) => new(Org, run.RunId, run.RunnerId!, run.Fence);
}
