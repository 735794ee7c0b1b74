using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>What one piece of work sees of the writer's transaction.</summary>
sealed class WriteTransaction(Connection connection, BlobFolder blobs, TimeProvider time)
{
    readonly List<Change> _changes = [];
    List<string>? _droppedBlobs;

    public Connection Db { get; } = connection;

    public BlobFolder Blobs { get; } = blobs;

    /// <summary>The instant of this piece of work, in whole microseconds.</summary>
    public DateTimeOffset Now { get; private set; }

    public IReadOnlyList<Change> Changes => _changes;

    /// <summary>Notes what the sink is told if the transaction commits.</summary>
    public void Changed(Change change) => _changes.Add(change);

    /// <summary>Notes a body that a removed entry referred to: its file goes after the commit, unless another entry has it.</summary>
    public void Dropped(string? blob)
    {
        if (blob is not null)
        {
            (_droppedBlobs ??= []).Add(blob);
        }
    }

    /// <summary>After the commit.</summary>
    internal void RemoveDropped()
    {
        if (_droppedBlobs is null)
        {
            return;
        }

        try
        {
            Blobs.Remove(Db, _droppedBlobs);
        }
        catch (SqliteError)
        {
            // What the transaction wrote is safe; the files stay until the sweep at the next start.
            Db.ReleaseStatements();
        }
    }

    internal int Begin()
    {
        Now = WireTime.Truncate(time.GetUtcNow());
        return _changes.Count;
    }

    internal void Forget(int kept) => _changes.RemoveRange(kept, _changes.Count - kept);
}
