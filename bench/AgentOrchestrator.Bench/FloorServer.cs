using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace AgentOrchestrator.Bench;

/// <summary>The least that a server with the same durability must do: parse, commit in groups with an fsync, answer.</summary>
static class FloorServer
{
    public static async Task RunAsync(int port, string folder)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        using var writer = new GroupWriter(Path.Combine(folder, "floor.db"));
        var answer = "{\"ok\":true}"u8.ToArray();
        using var runs = new FloorRuns(Path.Combine(folder, "runs.db"));
        app.UseRouting();
        app.MapGet("/health", () => Task.CompletedTask);
        app.MapPost("/write", async http =>
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            await writer.WriteAsync(body.RootElement.GetProperty("session_id").GetString()!, body.RootElement.GetRawText());
            http.Response.ContentLength = answer.Length;
            await http.Response.Body.WriteAsync(answer);
        });
        foreach (var step in FloorRuns.Steps)
        {
            app.MapPost($"/runs/{step}", async http =>
            {
                using var body = await JsonDocument.ParseAsync(http.Request.Body);
                var run = await runs.DoAsync(step, body.RootElement);
                http.Response.ContentType = "application/json";
                await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { run_id = run }));
            });
        }

        await app.RunAsync();
    }

    sealed class GroupWriter : IDisposable
    {
        readonly Channel<(string Session, string Body, TaskCompletionSource Done)> _queue =
            Channel.CreateBounded<(string, string, TaskCompletionSource)>(4_096);

        readonly SqliteConnection _connection;

        public GroupWriter(string path)
        {
            SQLitePCL.Batteries_V2.Init();
            _connection = new SqliteConnection($"Data Source={path}");
            _connection.Open();
            Execute("PRAGMA journal_mode=WAL");
            Execute("PRAGMA synchronous=FULL");
            Execute("CREATE TABLE events (id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, body TEXT NOT NULL)");
            new Thread(Run) { IsBackground = true }.Start();
        }

        public async Task WriteAsync(string session, string body)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _queue.Writer.WriteAsync((session, body, done));
            await done.Task;
        }

        public void Dispose() => _connection.Dispose();

        void Run()
        {
            var batch = new List<TaskCompletionSource>();
            using var insert = _connection.CreateCommand();
            insert.CommandText = "INSERT INTO events (session_id, body) VALUES ($s, $b)";
            var session = insert.Parameters.Add("$s", SqliteType.Text);
            var text = insert.Parameters.Add("$b", SqliteType.Text);
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                Execute("BEGIN IMMEDIATE");
                while (batch.Count < 256 && _queue.Reader.TryRead(out var item))
                {
                    session.Value = item.Session;
                    text.Value = item.Body;
                    insert.ExecuteNonQuery();
                    batch.Add(item.Done);
                }

                Execute("COMMIT");
                batch.ForEach(done => done.SetResult());
                batch.Clear();
            }
        }

        void Execute(string sql)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
