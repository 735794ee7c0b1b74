using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Bench;

/// <summary>Many children of one parent end while it is busy; then it is told of all of them, and every telling is counted.</summary>
sealed partial class CallbackStorm(ServerProcess server, int children)
{
    const int Clients = 16;

    /// <summary>What the server is started with: its bounds on trees are in the way.</summary>
    public static readonly (string, string)[] Environment =
        [("TREE_MAX_LIVE_CHILDREN", "0"), ("TREE_MAX_DESCENDANTS", "0")];

    readonly List<string> _told = [];

    /// <summary>Told in prompts, with those that were told twice.</summary>
    public int Told => _told.Count;

    public int ToldOnce => _told.Distinct().Count();

    /// <summary>Reports in the parent's log.</summary>
    public int Logged { get; private set; }

    public async Task RunAsync(Func<Task>? whileQueued = null)
    {
        using var connection = new LeanConnection(server.Port);
        var runner = await Workloads.RegisterAsync(server, connection, "parent");
        await SendAsync(connection, "POST", "/runs", """{"type":"start_session","session_name":"parent","prompt":"parent"}""");
        var run = await ClaimAsync(connection, runner);
        await EndChildrenAsync();
        await (whileQueued?.Invoke() ?? Task.CompletedTask);

        await EndAsync(connection, runner, run);
        while (_told.Count < children)
        {
            var told = await ClaimAsync(connection, runner);
            _told.AddRange(Names().Matches(told.GetProperty("prompt").GetString()!).Select(name => name.Groups[1].Value));
            await EndAsync(connection, runner, told);
        }

        Logged = await CountLoggedAsync(connection);
    }

    /// <summary>All of them are queued, or run, before the first of them can be told.</summary>
    Task EndChildrenAsync()
    {
        var next = 0;
        return Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            using var connection = new LeanConnection(server.Port);
            var runner = await Workloads.RegisterAsync(server, connection, $"child-{client}");
            int n;
            while ((n = Interlocked.Increment(ref next)) <= children)
            {
                await SendAsync(connection, "POST", "/runs",
                    $$"""{"type":"start_session","session_name":"c{{n}}","prompt":"p","parent_session_id":"parent","execution_mode":"async_callback"}""");
                await EndAsync(connection, runner, await ClaimAsync(connection, runner));
            }
        })));
    }

    async Task<JsonElement> ClaimAsync(LeanConnection connection, string runner)
    {
        var run = await Workloads.ClaimRunAsync(server, connection, runner);
        await ReportAsync(connection, runner, run, "started");
        return run;
    }

    Task EndAsync(LeanConnection connection, string runner, JsonElement run) => ReportAsync(connection, runner, run, "completed");

    async Task ReportAsync(LeanConnection connection, string runner, JsonElement run, string verb) =>
        await SendAsync(connection, "POST", $"/runner/runs/{run.GetProperty("run_id").GetString()}/{verb}", $$"""{"runner_id":"{{runner}}"}""");

    async Task<int> CountLoggedAsync(LeanConnection connection)
    {
        var children = new HashSet<string>();
        var count = 0;
        long? after = 0;
        while (after is { } from)
        {
            var page = JsonElement.Parse(Workloads.Unchunk(await SendAsync(connection, "GET", $"/sessions/parent/events?after={from}&limit=500")).Span);
            foreach (var entry in page.GetProperty("events").EnumerateArray().Where(entry => entry.GetProperty("event_type").ValueEquals("callback")))
            {
                count++;
                children.Add(entry.GetProperty("data").GetProperty("child_run_id").GetString()!);
            }

            after = page.TryGetProperty("next_after", out var next) && next.ValueKind is JsonValueKind.Number ? next.GetInt64() : null;
        }

        return children.Count == count ? count : throw new InvalidOperationException($"{count} reports of {children.Count} children");
    }

    async Task<ReadOnlyMemory<byte>> SendAsync(LeanConnection connection, string method, string path, string? json = null) =>
        await connection.ExpectAsync(LeanConnection.Request(server.Port, method, path, json));

    [GeneratedRegex("""(?:### Child: |child agent session ")(\w+)""")]
    private static partial Regex Names();
}
