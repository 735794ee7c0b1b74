using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Postgres.Documents;

/// <summary>Reads a content piece by piece; between two it holds no connection, however slow its reader is.</summary>
sealed class PiecesStream(PostgresDatabase database, StoredContent content) : Stream
{
    byte[] _piece = [];
    long _number = -1;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.SizeBytes;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= Length || buffer.IsEmpty) { return 0; }

        await LoadAsync(Position / PostgresContentStore.PieceBytes, cancellationToken).ConfigureAwait(false);
        var rest = _piece.AsMemory((int)(Position % PostgresContentStore.PieceBytes));
        var read = Math.Min(rest.Length, buffer.Length);
        rest[..read].CopyTo(buffer);
        Position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    async Task LoadAsync(long number, CancellationToken cancel)
    {
        if (number == _number) { return; }

        _piece = await database.ReadAsync(
            reads => reads.FirstAsync(
                new Statement("SELECT bytes FROM document_pieces WHERE content_id = @id AND number = @number").Text("id", content.ContentId).Number("number", number),
                row => row.GetFieldValue<byte[]>(0)),
            cancel).ConfigureAwait(false) is { } piece && piece.Length == LengthOf(number) ? piece : throw DocumentErrors.Missing(content.ContentId);
        _number = number;
    }

    long LengthOf(long number) => Math.Min(PostgresContentStore.PieceBytes, Length - (number * PostgresContentStore.PieceBytes));
}
