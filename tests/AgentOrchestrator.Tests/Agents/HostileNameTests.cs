using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class HostileNameTests : IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;

    readonly TemporaryFolder _temporary = new();
    readonly AgentCatalog _catalog;

    public HostileNameTests()
    {
        _temporary.Write("""{"description":"d"}""", "agents", "good", "agent.json");
        _temporary.Write("""{"description":"outside"}""", "victim", "agent.json");
        _temporary.Write("data", "observability.db");
        _catalog = new AgentCatalog(new AgentRows(), _temporary.In("agents"), new CoordinatorOptions { HasDemoAgents = false }, TimeProvider.System);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _catalog.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task No_name_reaches_anything_outside_the_folder()
    {
        await _catalog.OpenAsync(Cancel);
        var before = _temporary.Snapshot();
        var names = HostileNames.All(_temporary.In("victim")).ToList();
        Assert.True(names.Count >= 500, $"only {names.Count} names");

        foreach (var name in names)
        {
            await Refused(name, () => _catalog.GetAsync(Org, name, Cancel));
            await Refused(name, () => _catalog.CreateAsync(Org, new WriteAgent { Name = name, Description = "d" }, Cancel));
            await Refused(name, () => _catalog.PatchAsync(Org, name, new WriteAgent { Description = "x" }, Cancel));
            await Refused(name, () => _catalog.SetStatusAsync(Org, name, "inactive", Cancel));
            await Refused(name, () => _catalog.DeleteAsync(Org, name, Cancel));
            Assert.Null(await _catalog.PinAsync(Org, name, Cancel));
        }

        Assert.Equal(before, _temporary.Snapshot());
    }

    static async Task Refused(string name, Func<Task> act)
    {
        var refusal = await Record.ExceptionAsync(act) as ProductException;
        Assert.True(refusal?.Code is ErrorCode.NotFound or ErrorCode.NotPossible, $"'{name}' was not refused: {refusal?.Message}");
    }
}
