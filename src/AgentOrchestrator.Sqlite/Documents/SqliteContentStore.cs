using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Sqlite.Documents;

sealed class SqliteContentStore(SqliteDatabase database) : IContentStore
{
    public Task<string> WriteAsync(IncomingContent content, CancellationToken cancel) => database.Contents.WriteAsync(content, cancel);

    public async Task DropAsync(string contentId, CancellationToken cancel)
    {
        // Behind the verb that was to name it, which may have been given up and still be done.
        if (!await database.WriteApartAsync(transaction => DocumentRows.IsNamed(transaction.Db, contentId), cancel).ConfigureAwait(false))
        {
            database.Contents.Remove([contentId]);
        }
    }

    public Task<Stream> OpenAsync(StoredContent content, CancellationToken cancel) => Task.FromResult<Stream>(database.Contents.Open(content));

    // At the start, when nobody can be in the middle of one.
    public Task<int> SweepAsync(TimeSpan age, int limit, CancellationToken cancel) => Task.FromResult(0);
}
