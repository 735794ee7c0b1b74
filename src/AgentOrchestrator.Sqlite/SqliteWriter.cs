using System.Diagnostics;
using System.Threading.Channels;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>The only writer of the database: one thread, one connection, many pieces of work per commit.</summary>
/// <remarks>
/// A caller hears of its success, or its refusal, when the transaction is on disk. Work that throws takes back its own changes only;
/// a failure of the database fails all work of that transaction. This is also the only connection that checkpoints.
/// When the disk is full the reserve is given up: until there is space again it serves work that is not new.
/// After a failed write or sync nothing more is acknowledged.
/// </remarks>
sealed class SqliteWriter : IAsyncDisposable
{
    const int MaxWorkPerCommit = 256;
    const int QueueLength = 4_096;

    // 4 KiB each. Beyond the first the log is copied while work waits; beyond the second even when that means waiting for readers.
    const int PagesToCheckpoint = 4_000;
    const int PagesToTruncate = 32_000;
    static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_nextLook = TimeSpan.FromSeconds(1);

    readonly Channel<WriteWork> _queue = Channel.CreateBounded<WriteWork>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    readonly List<WriteWork> _batch = new(MaxWorkPerCommit);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Connection _connection;
    readonly BlobFolder _blobs;
    readonly IChangeSink _sink;
    readonly DiskReserve _reserve;
    readonly Action<ProductException> _failed;
    readonly TimeProvider _time;
    int _pagesInLog;
    int _checkpointAt = PagesToCheckpoint;
    long _lookedAt = Stopwatch.GetTimestamp();
    volatile bool _isFull;
    volatile ProductException? _broken;

    /// <param name="failed">Told once, when nothing more is accepted.</param>
    public SqliteWriter(
        Connection connection, BlobFolder blobs, DiskReserve reserve, IChangeSink sink, Action<ProductException> failed, TimeProvider time)
    {
        _connection = connection;
        _blobs = blobs;
        _reserve = reserve;
        _sink = sink;
        _failed = failed;
        _time = time;
        _isFull = !reserve.TryTake();
        new Thread(Serve) { IsBackground = true, Name = "sqlite writer" }.Start();
    }

    /// <summary>False after a failure of the disk: nothing more is accepted until a restart has read the file anew.</summary>
    public bool IsAccepting => _broken is null;

    /// <summary>While there is no space for new work.</summary>
    public bool IsFull => _isFull;

    /// <summary>Why new work is refused; null while it is not.</summary>
    public ProductException? Trouble => _broken ?? (_isFull ? SqliteError.DiskFull() : null);

    /// <param name="isNew">It is refused while the disk is full.</param>
    /// <exception cref="ProductException">As the work throws; Unavailable or StorageFull when the database fails.</exception>
    public async Task<T> WriteAsync<T>(Func<WriteTransaction, T> work, bool isNew, CancellationToken cancel)
    {
        var item = new WriteWork<T>(work, isNew, cancel);
        if (!_queue.Writer.TryWrite(item))
        {
            try
            {
                await _queue.Writer.WriteAsync(item, cancel).ConfigureAwait(false);
            }
            catch (ChannelClosedException closed)
            {
                throw new ProductException(ErrorCode.Unavailable, "The server is shutting down; try again", inner: closed);
            }
        }

        return await item.Done.ConfigureAwait(false);
    }

    void Serve()
    {
        try
        {
            while (WaitForWork())
            {
                TakeBatch();
                Commit();
            }

            _ended.SetResult();
        }
#pragma warning disable CA1031 // Kept for DisposeAsync, which throws it; until then every caller is told.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var told = new ProductException(ErrorCode.Internal, "The writer of the database ended; restart the server", inner: error);
            Break(told);
            do
            {
                FailBatch(told);
            }
            while (WaitForWork());
            _ended.SetException(error);
        }
    }

    /// <returns>False when the queue was closed and is empty.</returns>
    bool WaitForWork()
    {
        if (_queue.Reader.TryPeek(out _))
        {
            return true;
        }

        var waiting = _queue.Reader.WaitToReadAsync().AsTask();
        if (_pagesInLog > 0 && IsAccepting && !waiting.Wait(s_quiet))
        {
            Checkpoint(truncate: true);
        }

        while (_isFull && IsAccepting && !waiting.Wait(s_nextLook))
        {
            LookForSpace();
        }

        return waiting.GetAwaiter().GetResult();
    }

    void TakeBatch()
    {
        while (_batch.Count < MaxWorkPerCommit && _queue.Reader.TryRead(out var work))
        {
            if (work.Begin())
            {
                _batch.Add(work);
            }
            else
            {
                Answering.Queue([work]);
            }
        }
    }

    void Commit()
    {
        if (_broken is { } broken)
        {
            FailBatch(broken);
            return;
        }

        if (_isFull)
        {
            LookForSpace();
            RefuseNewWork();
        }

        if (_batch.Count > 0)
        {
            WriteBatch();
        }
    }

    void WriteBatch()
    {
        var transaction = new WriteTransaction(_connection, _blobs, _time);
        try
        {
            Run("BEGIN IMMEDIATE");
            if (!TryRunTogether(transaction))
            {
                Run("ROLLBACK");
                transaction = new WriteTransaction(_connection, _blobs, _time);
                Run("BEGIN IMMEDIATE");
                RunEachAlone(transaction);
            }

            CrashPoint.Reach(CrashPoint.ServerWritten);
            Run("COMMIT");
            CrashPoint.Reach(CrashPoint.ServerCommitted);
        }
        catch (SqliteError error)
        {
            GiveUp(error);
            return;
        }

        transaction.RemoveDropped();
        if (transaction.Changes.Count > 0)
        {
            _sink.Committed(transaction.Changes);
        }

        AnswerBatch();
        BoundLog();
    }

    /// <summary>Most work that throws does so before it writes, so that there is nothing to take back and no savepoint is needed.</summary>
    /// <returns>False when work threw in the middle of its writes: nothing of the batch may be committed then.</returns>
    bool TryRunTogether(WriteTransaction transaction)
    {
        foreach (var work in _batch)
        {
            var written = _connection.TotalChanges;
            if (!TryRun(work, transaction) && _connection.TotalChanges != written)
            {
                return false;
            }
        }

        return true;
    }

    void RunEachAlone(WriteTransaction transaction)
    {
        foreach (var work in _batch)
        {
            Run("SAVEPOINT work");
            if (!TryRun(work, transaction))
            {
                Run("ROLLBACK TO work");
            }

            Run("RELEASE work");
        }
    }

    bool TryRun(WriteWork work, WriteTransaction transaction)
    {
        var told = transaction.Begin();
        try
        {
            work.Run(transaction);
            return true;
        }
#pragma warning disable CA1031 // Given to its caller; the others of the batch go on.
        catch (Exception error) when (error is not SqliteError { IsConstraint: false })
#pragma warning restore CA1031
        {
            _connection.ReleaseStatements();
            transaction.Forget(told);
            work.Refuse(error is SqliteError constraint ? constraint.ToProduct() : error);
            return false;
        }
    }

    void GiveUp(SqliteError error)
    {
        var told = error.ToProduct();
        _connection.ReleaseStatements();
        if (error.IsFatal)
        {
            Break(told);
            FailBatch(told);
            return;
        }

        if (_connection.IsInTransaction)
        {
            Run("ROLLBACK");
        }

        if (error.IsFull && !_isFull)
        {
            GiveUpReserve();
            Commit();
            return;
        }

        FailBatch(told);
    }

    void GiveUpReserve()
    {
        _reserve.GiveUp();
        _isFull = true;
        _lookedAt = Stopwatch.GetTimestamp();
        // What failed has made the log longer; the next quiet moment cuts it.
        _pagesInLog += _connection.TakeWrittenPages();
    }

    /// <summary>From now on nothing is acknowledged.</summary>
    public void Break(ProductException told)
    {
        _broken = told;
        _failed(told);
    }

    void RefuseNewWork()
    {
        if (!_isFull)
        {
            return;
        }

        var refused = _batch.FindAll(work => work.IsNew);
        refused.ForEach(work => work.Refuse(SqliteError.DiskFull()));
        _batch.RemoveAll(work => work.IsNew);
        Answering.Queue(refused);
    }

    /// <summary>While the disk is full: gives back what was deleted, and takes the reserve when there is space for it.</summary>
    void LookForSpace()
    {
        if (Stopwatch.GetElapsedTime(_lookedAt) < s_nextLook)
        {
            return;
        }

        GiveBackPages();
        _isFull = !_reserve.TryTake();
        _lookedAt = Stopwatch.GetTimestamp();
    }

    void GiveBackPages()
    {
        try
        {
            if (_connection.ReadLong("PRAGMA freelist_count") > 0)
            {
                _connection.Execute("PRAGMA incremental_vacuum(256)");
                _pagesInLog += _connection.TakeWrittenPages();
                Checkpoint(truncate: true);
            }
        }
        catch (SqliteError error) when (!error.IsFatal)
        {
            // No space even for that, or another program in the way: with the next look.
        }
    }

    void FailBatch(ProductException error)
    {
        TakeBatch();
        foreach (var work in _batch)
        {
            work.Refuse(error);
        }

        AnswerBatch();
    }

    void AnswerBatch()
    {
        Answering.Queue(_batch);
        _batch.Clear();
    }

    void BoundLog()
    {
        _pagesInLog += _connection.TakeWrittenPages();
        if (_pagesInLog >= _checkpointAt)
        {
            Checkpoint(truncate: _pagesInLog >= PagesToTruncate);
        }
    }

    void Checkpoint(bool truncate)
    {
        try
        {
            if (_connection.Checkpoint(truncate))
            {
                _pagesInLog = 0;
            }

            // A reader in the way is waited for with the next pages, not with every commit.
            _checkpointAt = _pagesInLog + PagesToCheckpoint;
        }
        catch (SqliteError error) when (error.IsFatal)
        {
            Break(error.ToProduct());
        }
        catch (SqliteError error) when (error.IsFull)
        {
            // Nothing is lost: the log still has every page, and the next commit tells whether there is space again.
            _checkpointAt = _pagesInLog + PagesToCheckpoint;
        }
    }

    void Run(string sql) => _connection.Query(sql).Run();

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
        _connection.Dispose();
    }
}
