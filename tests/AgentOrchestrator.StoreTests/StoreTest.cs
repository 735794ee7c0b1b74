using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests;

/// <summary>A test of a store on a database of its own.</summary>
public abstract class StoreTest(StoreFixture fixture) : IAsyncLifetime
{
    protected const string Org = CoordinatorOptions.DefaultOrg;

    protected StoreFixture Fixture { get; } = fixture;

    protected FakeTime Time => Fixture.Time;

    protected RecordingSink Sink => Fixture.Sink;

    protected ISessionStore Sessions => Fixture.Stores.Sessions;

    protected IRunStore Runs => Fixture.Stores.Runs;

    protected IRunnerStore Runners => Fixture.Stores.Runners;

    protected IAgentStore Agents => Fixture.Stores.Agents;

    protected ISkillStore Skills => Fixture.Stores.Skills;

    protected ISkillExecutionStore SkillExecutions => Fixture.Stores.SkillExecutions;

    protected ITokenStore Tokens => Fixture.Stores.Tokens;

    protected IToolStore Tools => Fixture.Stores.Tools;

    protected IMemoryStore Memories => Fixture.Stores.Memories;

    protected IDocumentStore Documents => Fixture.Stores.Documents;

    protected IContentStore Contents => Fixture.Stores.Contents;

    protected IRoomStore Rooms => Fixture.Stores.Rooms;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Fixture.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static async Task<ProductException> RefusedAsync(ErrorCode code, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<ProductException>(act);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }
}
