using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

sealed class SqliteRetentionStore(SqliteDatabase database, CoordinatorOptions options) : IRetentionStore
{
    public Task<StorageSize?> MeasureAsync(CancellationToken cancel) => database.ReadAsync<StorageSize?>(
        db => new StorageSize(
            (db.ReadLong("PRAGMA page_count") - db.ReadLong("PRAGMA freelist_count")) * db.ReadLong("PRAGMA page_size") + database.Blobs.Measure(),
            database.LogLength),
        cancel);

    public async Task<IReadOnlyList<PrunableLog>> FindPrunableAsync(PruneRule rule, int limit, CancellationToken cancel) =>
        await database.ReadAsync(db => Pruning.FindPrunable(db, rule, database.Now, limit), cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<PrunableLog>> FindRestingAsync(TimeSpan rest, int limit, CancellationToken cancel) =>
        await database.ReadAsync(db => Pruning.FindResting(db, database.Now - rest, limit), cancel).ConfigureAwait(false);

    public Task<PrunedPart?> PruneAsync(PrunableLog log, TimeSpan rest, int limit, CancellationToken cancel) =>
        database.WriteAsync(transaction => Pruning.Prune(transaction, log, transaction.Now - rest, limit), cancel);

    public Task<bool> RemoveAsync(PrunableLog log, TimeSpan rest, CancellationToken cancel) => database.WriteAsync(
        transaction => Pruning.IsRemovable(transaction.Db, log, transaction.Now - rest)
            && SessionDeletion.Delete(transaction, options, log.Org, log.SessionId) is not null,
        cancel);

    public Task<bool> ShrinkAsync(int keepPages, CancellationToken cancel) => database.WriteAsync(
        transaction =>
        {
            const int Step = 256;
            if (transaction.Db.ReadLong("PRAGMA freelist_count") <= keepPages)
            {
                return false;
            }

            // A statement of its own each time: it frees one page for each row that it is asked for.
            transaction.Db.Execute($"PRAGMA incremental_vacuum({Step})");
            return transaction.Db.ReadLong("PRAGMA freelist_count") > keepPages;
        },
        cancel);
}
