using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace AgentOrchestrator.Bench;

/// <summary>
/// The least that keeps the same facts of a run's life, with the same durability: a session of a unique name, a run in a queue that is
/// claimed once and moves on, and an event with a dense sequence for each move. It checks nothing, tells nobody and knows no leases.
/// </summary>
sealed class FloorRuns : IDisposable
{
    public static readonly string[] Steps = ["create", "claim", "started", "completed"];

    readonly Channel<(string Step, JsonElement Body, TaskCompletionSource<string> Done)> _queue =
        Channel.CreateBounded<(string, JsonElement, TaskCompletionSource<string>)>(4_096);

    readonly Dictionary<string, SqliteCommand> _commands = [];
    readonly SqliteConnection _connection;

    public FloorRuns(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection($"Data Source={path}");
        _connection.Open();
        Run("PRAGMA journal_mode=WAL");
        Run("PRAGMA synchronous=FULL");
        Run("CREATE TABLE sessions (place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, status TEXT NOT NULL, last_seq INTEGER NOT NULL)");
        Run("CREATE TABLE runs (place INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, session INTEGER NOT NULL, prompt TEXT NOT NULL, "
            + "status TEXT NOT NULL, runner TEXT, fence INTEGER NOT NULL DEFAULT 0, created_at INTEGER, claimed_at INTEGER, started_at INTEGER, completed_at INTEGER)");
        Run("CREATE INDEX runs_pending ON runs (place) WHERE status = 'pending'");
        Run("CREATE INDEX runs_by_session ON runs (session, place)");
        Run("CREATE TABLE events (id INTEGER PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)");
        Run("CREATE UNIQUE INDEX events_by_seq ON events (session, seq)");
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public async Task<string> DoAsync(string step, JsonElement body)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync((step, body, done));
        return await done.Task;
    }

    public void Dispose() => _connection.Dispose();

    void Serve()
    {
        var batch = new List<(TaskCompletionSource<string> Done, string RunId)>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Run("BEGIN IMMEDIATE");
            while (batch.Count < 256 && _queue.Reader.TryRead(out var item))
            {
                batch.Add((item.Done, Do(item.Step, item.Body)));
            }

            Run("COMMIT");
            batch.ForEach(one => one.Done.SetResult(one.RunId));
            batch.Clear();
        }
    }

    string Do(string step, JsonElement body)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        switch (step)
        {
            case "create":
                var (name, created) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
                var session = (long)One("INSERT INTO sessions (name, status, last_seq) VALUES ($1, 'pending', 0); SELECT last_insert_rowid()", name)!;
                Run("INSERT INTO runs (run_id, session, prompt, status, created_at) VALUES ($1, $2, $3, 'pending', $4)",
                    created, session, body.GetProperty("prompt").GetString()!, now);
                Log(session, "pending", "run_queued", now);
                return created;
            case "claim":
                if (One("SELECT run_id FROM runs WHERE status = 'pending' ORDER BY place LIMIT 1") is not string claimed)
                {
                    return "";
                }

                Run("UPDATE runs SET status = 'claimed', runner = $2, fence = fence + 1, claimed_at = $3 WHERE run_id = $1",
                    claimed, body.GetProperty("runner_id").GetString()!, now);
                Run("UPDATE sessions SET status = 'running' WHERE place = (SELECT session FROM runs WHERE run_id = $1)", claimed);
                return claimed;
            default:
                var runId = body.GetProperty("run_id").GetString()!;
                Run(step == "started"
                        ? "UPDATE runs SET status = 'running', started_at = $2 WHERE run_id = $1 AND status = 'claimed'"
                        : "UPDATE runs SET status = 'completed', completed_at = $2 WHERE run_id = $1 AND status = 'running'",
                    runId, now);
                var owner = (long)One("SELECT session FROM runs WHERE run_id = $1", runId)!;
                Log(owner, step == "started" ? "running" : "finished", $"run_{step}", now);
                return runId;
        }
    }

    void Log(long session, string status, string type, long now)
    {
        Run("UPDATE sessions SET status = $2, last_seq = last_seq + 1 WHERE place = $1", session, status);
        Run("INSERT INTO events (session, seq, type, at, body) VALUES ($1, (SELECT last_seq FROM sessions WHERE place = $1), $2, $3, '{}')",
            session, type, now);
    }

    void Run(string sql, params object[] values) => Command(sql, values).ExecuteNonQuery();

    object? One(string sql, params object[] values) => Command(sql, values).ExecuteScalar();

    SqliteCommand Command(string sql, object[] values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var n = 1; n <= values.Length; n++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${n}" });
            }

            _commands.Add(sql, command);
        }

        for (var n = 0; n < values.Length; n++)
        {
            command.Parameters[n].Value = values[n];
        }

        return command;
    }
}
