using System.Globalization;
using System.Net;
using AgentOrchestrator.Server.Archives;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>Folders, files and settings that a server cannot work with: one line that says what to do, a non-zero exit, and nothing touched.</summary>
[Collection(nameof(Alone))]
public sealed class BrokenStartTests : IAsyncDisposable
{
    const int PageBytes = 4_096;

    static readonly TimeSpan s_soon = TimeSpan.FromMinutes(2);

    readonly ServerProcess _server = new("--no-runner");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Database => Path.Combine(_server.DataFolder, "observability.db");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static TheoryData<string, string, int, string> Broken => new()
    {
        // file, its text, exit code, what is said
        { ".env", "RETENTION_DAYS=soon", 2, "RETENTION_DAYS" },
        { ".env", "MODEL_PRICES=prices.json", 2, "MODEL_PRICES" },
        { "agents", "a file", 1, "agents" },
        { "data", "a file", 1, "--data DIR" },
        { "data/observability.db", "no database, but long enough to be taken for one at first sight, which needs some hundred bytes of text: "
            + "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen", 1, "is not a SQLite database" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task It_is_said_in_one_line(string file, string text, int exitCode, string said)
    {
        var path = Path.Combine(_server.Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text, Cancel);

        await RequireRefusedAsync(exitCode, said);

        Assert.Equal(text, await File.ReadAllTextAsync(path, Cancel));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_said_in_one_line()
    {
        using var disk = SmallDisk.Mount(_server.DataFolder, megabytes: 64);
        await _server.StartAsync(Cancel);
        await _server.KillAsync();
        disk.MakeReadOnly();

        await RequireRefusedAsync(1, "cannot be written; check its permissions");
    }

    [Fact]
    public async Task Damaged_pages_are_found_by_verify_and_never_served()
    {
        // So many that the second half of the file has nothing but them: what a start reads stands in the first.
        await FillAsync(events: 500);
        await DamageSecondHalfAsync();

        using var text = new StringWriter();
        Assert.Equal(1, VerifyProgram.Run([_server.DataFolder], text));
        Assert.Contains("✗ file", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("restore a backup", text.ToString(), StringComparison.Ordinal);

        await _server.StartAsync(Cancel);
        var refusal = await _server.Client.GetJsonAsync("/sessions/s/events?limit=500", expected: 503);
        Assert.Contains("The database file is damaged; stop the server and restore a backup", refusal.Text("detail"), StringComparison.Ordinal);

        var process = _server.Process;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AppendAsync(101));
        await process.WaitForExitAsync(Cancel).WaitAsync(s_soon, Cancel);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("\nError: The database file is damaged", _server.Output, StringComparison.Ordinal);
    }

    /// <summary>Everything in the database file, and nothing in its log.</summary>
    async Task FillAsync(int events)
    {
        await _server.StartAsync(Cancel);
        await _server.Client.PostJsonAsync("/sessions", """{"session_id":"s","session_name":"s"}""");
        for (var n = 1; n <= events; n++)
        {
            Assert.Equal(HttpStatusCode.OK, await AppendAsync(n));
        }

        await _server.KillAsync();
        await _server.StartAsync(Cancel);
        await _server.KillAsync();
    }

    async Task DamageSecondHalfAsync()
    {
        await using var file = new FileStream(Database, FileMode.Open);
        file.Position = file.Length / PageBytes / 2 * PageBytes;
        await file.WriteAsync(new byte[file.Length - file.Position], Cancel);
    }

    async Task RequireRefusedAsync(int exitCode, string said)
    {
        var process = _server.Start();
        await process.WaitForExitAsync(Cancel).WaitAsync(s_soon, Cancel);
        Assert.Equal((exitCode, 1), (process.ExitCode, _server.Output.Split('\n').Count(line => line.StartsWith("Error: ", StringComparison.Ordinal))));
        Assert.Contains(said, _server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _server.Output, StringComparison.Ordinal);
    }

    async Task<HttpStatusCode> AppendAsync(int n)
    {
        var body = $$"""
            {"event_type":"message","session_id":"s","timestamp":"{{n.ToString(CultureInfo.InvariantCulture)}}","role":"user",
             "content":[{"type":"text","text":"{{new string('x', 3_000)}}"}]}
            """;
        using var answer = await _server.Client.TryAsync(HttpMethod.Post, "/sessions/s/events", body);
        return answer.StatusCode;
    }
}
