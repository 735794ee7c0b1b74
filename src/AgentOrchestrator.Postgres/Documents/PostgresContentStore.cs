using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Postgres.Documents;

/// <summary>Contents in pieces, each a row, so that every node reads them and none holds more than a piece.</summary>
/// <remarks>A transaction a piece: none is long. What names the content commits behind them and is synced, and they with it.</remarks>
sealed class PostgresContentStore(PostgresDatabase database) : IContentStore
{
    public const int PieceBytes = 256 * 1024;

    public async Task<string> WriteAsync(IncomingContent content, CancellationToken cancel)
    {
        var contentId = Ids.New("", 32);
        await database.WriteApartAsync(
            tx => tx.ExecuteAsync(
                new Statement("INSERT INTO document_contents (content_id, written_at) VALUES (@id, COALESCE(@now, clock_timestamp()))")
                    .Text("id", contentId).Time("now", tx.NowOrNull)),
            cancel).ConfigureAwait(false);
        try
        {
            await WritePiecesAsync(contentId, content, cancel).ConfigureAwait(false);
            return contentId;
        }
        catch
        {
            await DropAsync(contentId, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public Task DropAsync(string contentId, CancellationToken cancel) => database.WriteApartAsync(
        tx => tx.ExecuteAsync(
            new Statement(
                """
                DELETE FROM document_contents c WHERE c.content_id = @id AND NOT EXISTS (SELECT 1 FROM document_versions v WHERE v.content_id = c.content_id)
                """)
                .Text("id", contentId)),
        cancel);

    public Task<Stream> OpenAsync(StoredContent content, CancellationToken cancel) => Task.FromResult<Stream>(new PiecesStream(database, content));

    public Task<int> SweepAsync(TimeSpan age, int limit, CancellationToken cancel) => database.WriteApartAsync(
        tx => tx.ExecuteAsync(
            new Statement(
                $"""
                DELETE FROM document_contents WHERE content_id IN (
                    SELECT c.content_id FROM document_contents c
                    WHERE c.written_at < {Statement.Clock} - @age AND NOT EXISTS (SELECT 1 FROM document_versions v WHERE v.content_id = c.content_id)
                    LIMIT @limit FOR UPDATE SKIP LOCKED)
                """)
                .Span("age", age).Number("limit", limit).Time("now", tx.NowOrNull)),
        cancel);

    async Task WritePiecesAsync(string contentId, IncomingContent content, CancellationToken cancel)
    {
        var buffer = new byte[PieceBytes];
        for (var number = 0L; await content.ReadFullAsync(buffer, cancel).ConfigureAwait(false) is var length and > 0; number++)
        {
            var piece = length == buffer.Length ? buffer : buffer[..length];
            var at = number;
            await database.WriteApartAsync(tx => tx.ExecuteAsync(Piece(contentId, at, piece, tx)), cancel).ConfigureAwait(false);
        }
    }

    // The content's own row says that somebody writes it still; a sweep that was first has taken it, and the piece finds no place.
    static Statement[] Piece(string contentId, long number, byte[] bytes, Tx tx) =>
    [
        new Statement("SET LOCAL synchronous_commit = off"),
        new Statement("UPDATE document_contents SET written_at = COALESCE(@now, clock_timestamp()) WHERE content_id = @id")
            .Text("id", contentId).Time("now", tx.NowOrNull),
        new Statement("INSERT INTO document_pieces (content_id, number, bytes) VALUES (@id, @number, @bytes)")
            .Text("id", contentId).Number("number", number).Bytes("bytes", bytes),
    ];
}
