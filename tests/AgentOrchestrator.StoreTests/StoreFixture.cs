using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.StoreTests;

/// <summary>One database of its own for one test.</summary>
public abstract class StoreFixture : IAsyncDisposable
{
    public FakeTime Time { get; } = new();

    public RecordingSink Sink { get; } = new();

    public CoordinatorOptions Options { get; init; } = new();

    public Stores Stores { get; private set; } = null!;

    /// <summary>Makes an empty database; skips the test where this machine has none.</summary>
    public async Task StartAsync()
    {
        await CreateAsync();
        Stores = Connect();
        await Stores.Database.OpenAsync(CancellationToken.None);
    }

    /// <summary>Closes the stores and opens new ones over the same data, as a restart of the server does.</summary>
    public async Task RestartAsync()
    {
        await Stores.Database.DisposeAsync();
        Stores = Connect();
        await Stores.Database.OpenAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (Stores is not null)
        {
            await Stores.Database.DisposeAsync();
        }

        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task CreateAsync();

    protected abstract Stores Connect();

    protected abstract Task RemoveAsync();
}
