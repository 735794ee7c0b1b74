using AgentOrchestrator.Coordinator;
using Npgsql;
using NpgsqlTypes;

namespace AgentOrchestrator.Postgres.Hints;

/// <summary>Tells other nodes what this one committed, many hints in one statement.</summary>
/// <remarks>
/// Not in the committing transactions themselves: PostgreSQL lets transactions that notify commit only one at a time,
/// which would take the group commit away from every append.
/// </remarks>
sealed class HintSender(NpgsqlDataSource source, string node, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Hints kept while the database cannot be reached; past this one hint says "everything".</summary>
    const int MaxKept = 10_000;

    static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly SemaphoreSlim _some = new(0, 1);
    readonly CancellationTokenSource _stop = new();
    // The newest value by what it is about, so that a busy session is one hint.
    Dictionary<Hint, Hint> _kept = [];
    Task? _sending;

    /// <summary>True after a fault of ours; those of the database are outlived.</summary>
    public bool HasFailed => _sending is { IsFaulted: true };

    public void Start() => _sending = SendAsync();

    public void Add(IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (Hint.Of(change) is { } hint)
                {
                    Keep(hint);
                }
            }

            if (_kept.Count > MaxKept)
            {
                _kept = new() { [default] = new Hint(HintKind.Everything, "", "") };
            }

            if (_kept.Count > 0 && _some.CurrentCount == 0)
            {
                _some.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_sending is not null)
        {
            await _sending.ConfigureAwait(false);
        }

        _stop.Dispose();
        _some.Dispose();
    }

    void Keep(Hint hint)
    {
        var about = hint with { Value = "" };
        if (hint.Range is null || !_kept.TryGetValue(about, out var before))
        {
            _kept[about] = hint;
        }
        else if (before.JoinedBy(hint) is { } longer)
        {
            _kept[about] = longer;
        }
        else
        {
            // Another node wrote in between: a range holds only what its sender wrote, so that nothing is told twice.
            _kept[hint] = hint;
        }
    }

    async Task SendAsync()
    {
        try
        {
            while (true)
            {
                await _some.WaitAsync(_stop.Token).ConfigureAwait(false);
                await SendKeptAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    async Task SendKeptAsync(CancellationToken cancel)
    {
        Dictionary<Hint, Hint> taken;
        lock (_lock)
        {
            (taken, _kept) = (_kept, []);
        }

        while (true)
        {
            try
            {
                // A hint that a crash of the database takes along is no loss: nobody waits for the disk.
                await using var command = source.CreateCommand(
                    $"""
                    SELECT set_config('synchronous_commit', 'off', true), count(pg_notify({HintListener.ChannelSql}, p))
                    FROM unnest($1) AS p
                    """);
                command.Parameters.Add(new()
                {
                    Value = taken.Values.Select(hint => hint.ToPayload(node)).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                });
                await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                // Other nodes look for themselves meanwhile; the hints go out when the database is back.
                await Task.Delay(s_retry, time, cancel).ConfigureAwait(false);
            }
        }
    }
}
