using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Postgres.Sessions;

sealed class PostgresRetentionStore(PostgresDatabase database, CoordinatorOptions options) : IRetentionStore
{
    readonly SessionDeletion _deletion = new(options);

    /// <summary>Null: who runs the database watches its disk, and its files do not shrink with what is deleted.</summary>
    public Task<StorageSize?> MeasureAsync(CancellationToken cancel) => Task.FromResult<StorageSize?>(null);

    public async Task<IReadOnlyList<PrunableLog>> FindPrunableAsync(PruneRule rule, int limit, CancellationToken cancel) =>
        await database.ReadAsync(reads => Pruning.FindPrunableAsync(reads, rule, limit), cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<PrunableLog>> FindRestingAsync(TimeSpan rest, int limit, CancellationToken cancel) =>
        await database.ReadAsync(reads => Pruning.FindRestingAsync(reads, rest, limit), cancel).ConfigureAwait(false);

    public Task<PrunedPart?> PruneAsync(PrunableLog log, TimeSpan rest, int limit, CancellationToken cancel) =>
        database.WriteAsync(tx => Pruning.PruneAsync(tx, log, rest, limit), cancel);

    public Task<bool> RemoveAsync(PrunableLog log, TimeSpan rest, CancellationToken cancel) => database.WriteAsync(
        async tx => await Pruning.LockRestingAsync(tx, log, rest, isChildless: true).ConfigureAwait(false)
            && await _deletion.DeleteAsync(tx, log.Org, log.SessionId).ConfigureAwait(false) is not null,
        cancel);

    /// <summary>Autovacuum does this.</summary>
    public Task<bool> ShrinkAsync(int keepPages, CancellationToken cancel) => Task.FromResult(false);
}
