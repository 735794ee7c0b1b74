using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests;

/// <summary>A data folder with one SQLite file.</summary>
public sealed class SqliteFixture : StoreFixture
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("ao-store-").FullName;

    protected override Task CreateAsync() => Task.CompletedTask;

    protected override Stores Connect() => SqliteStores.Open(Folder, Sink, Options, Time);

    protected override Task RemoveAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }
}
