using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite.Archives;

sealed class SqliteArchiveStore(SqliteDatabase database, CoordinatorOptions options) : IArchiveStore
{
    public async Task<Session> ImportAsync(SessionArchive archive, CancellationToken cancel)
    {
        // In many transactions, so that nobody waits for the writer; the session's row, by which all is found, comes last.
        var place = await database.AddAsync(transaction => Importing.Begin(transaction, archive), cancel).ConfigureAwait(false);
        try
        {
            await foreach (var portion in archive.ReadLog(cancel).ConfigureAwait(false))
            {
                database.Stage([.. portion.Select(entry => entry.Event)]);
                await database.AddAsync(transaction => Importing.Append(transaction, place, portion), cancel).ConfigureAwait(false);
            }

            return await database.AddAsync(transaction => Importing.End(transaction, place, archive), cancel).ConfigureAwait(false);
        }
        catch
        {
            while (await database.WriteAsync(transaction => Importing.TakeBack(transaction, place), CancellationToken.None).ConfigureAwait(false))
            {
            }

            throw;
        }
    }

    public Task<DataCopy> CopyAsync(string path, CancellationToken cancel) =>
        Task.Run(() => Copying.Copy(database, path, options.BackupFreeBytes, cancel), cancel);
}
