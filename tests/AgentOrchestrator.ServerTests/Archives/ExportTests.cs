using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.StoreTests;

namespace AgentOrchestrator.ServerTests.Archives;

public sealed class ExportTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_leaves_as_a_file_and_comes_back_on_another_server_as_it_was()
    {
        await using var source = await AoServer.StartAsync();
        await source.FinishedSessionAsync("one", "the answer");
        var file = Path.Combine(source.Server.Folder, "one.jsonl");
        await source.Ao.OutputAsync($"ao export one -o {file}");
        Assert.Equal(await File.ReadAllTextAsync(file, Cancel), await source.Ao.OutputAsync("ao export one"));
        await using var target = await AoServer.StartAsync();

        Assert.StartsWith("Imported 'one' (", await target.Ao.OutputAsync($"ao import {file}"), StringComparison.Ordinal);

        var there = await EventsAsync(target, "one");
        var here = await EventsAsync(source, "one");
        Assert.Equal(here, there[..^1]);
        Assert.Contains("session_imported", there[^1], StringComparison.Ordinal);
        Assert.Equal("the answer\n", await target.Ao.OutputAsync("ao result one"));
        Assert.Equal(
            (await source.Http.GetJsonAsync("/runs")).GetProperty("runs")[0].GetProperty("completed_at").ToString(),
            (await target.Http.GetJsonAsync("/runs")).GetProperty("runs")[0].GetProperty("completed_at").ToString());

        var again = await target.Ao.RunAsync($"ao import {file}");
        Assert.Equal((1, true), (again.ExitCode, again.Error.Contains("already exists", StringComparison.Ordinal)));
        await target.Ao.OutputAsync($"ao import {file} --name two");
        Assert.Equal("the answer\n", await target.Ao.OutputAsync("ao result two"));
        Assert.Equal(1, (await source.Ao.RunAsync($"ao export one -o {file}")).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_back_is_exported_as_it_was_exported_first(bool onPostgres)
    {
        await using var source = await AoServer.StartAsync();
        await FillAsync(source);
        var first = await source.Ao.OutputAsync("ao export all");
        var file = Path.Combine(source.Server.Folder, "all.jsonl");
        await File.WriteAllTextAsync(file, first, Cancel);
        await using var schema = onPostgres ? await PostgresSchema.CreateAsync() : null;
        await using var target = await TestServer.StartAsync(options => options with { Database = schema?.Address });
        var ao = new AoProgram(target.Url, target.Folder);
        await ao.OutputAsync($"ao import {file}");

        var second = await ao.OutputAsync("ao export all");

        var (before, after) = (Comparable(first), Comparable(second));
        Assert.Equal(before[..^1], after[..(before.Length - 1)]);
        Assert.Equal(before.Length + 1, after.Length);
        Assert.Contains("\"retry_number\":1", first, StringComparison.Ordinal);
        Assert.Contains("\"on_parent_end\":\"detach\"", first, StringComparison.Ordinal);
    }

    /// <summary>A session with all that a run can be given, and one of its runs done again.</summary>
    static async Task FillAsync(AoServer bench)
    {
        await bench.Http.PostJsonAsync("/runs", new
        {
            type = "start_session",
            session_name = "all",
            prompt = "hello",
            project_dir = "/somewhere",
            priority = 7,
            timeout_seconds = 3_600,
            queue_timeout_seconds = 7_200,
            not_before = "2026-01-01T00:00:00Z",
            when_busy = "reject",
            on_parent_end = "detach",
            execution_mode = "async_poll",
            additional_demands = new { hostname = "box" },
        });
        var run = await bench.BeginRunAsync();
        await bench.Runner.FailAsync(run.Text("run_id"), "it broke");
        await bench.Http.PostJsonAsync($"/runs/{run.Text("run_id")}/retry");
        await bench.CompleteRunAsync("done");
    }

    /// <summary>Lines without what each database numbers for itself, and without the length of a log that an import makes longer.</summary>
    static string[] Comparable(string export) =>
    [
        .. export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var json = JsonNode.Parse(line)!;
            (json["event"] as JsonObject)?.Remove("id");
            (json["session"] as JsonObject)?.Remove("last_seq");
            return json.ToJsonString();
        }),
    ];

    [Fact]
    public async Task A_session_at_work_can_be_exported_and_not_imported()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Ao.OutputAsync("ao start one -p hello --detach");
        await bench.BeginRunAsync();
        var file = Path.Combine(bench.Server.Folder, "one.jsonl");
        await bench.Ao.OutputAsync($"ao export one -o {file}");

        var refused = await bench.Ao.RunAsync($"ao import {file} --name two");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("line 2: the run", refused.Error, StringComparison.Ordinal);
        Assert.Equal("not_existent\n", await bench.Ao.OutputAsync("ao status two"));
        Assert.Empty(Directory.GetFiles(Path.Combine(bench.Server.DataDir, "tmp")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task A_damaged_event_does_not_leave_as_history(int events)
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Http.PostJsonAsync("/sessions", new { session_id = "one", session_name = "one" });
        for (var n = 1; n <= events; n++)
        {
            await bench.Http.PostJsonAsync("/sessions/one/events", new { event_type = "notice", reason = $"number {n} is sound" });
        }

        await bench.Server.StopAsync();
        await DamageAsync(Path.Combine(bench.Server.DataDir, "observability.db"), $"number {events} is sound");
        await bench.Server.StartAgainAsync();
        var file = Path.Combine(bench.Server.Folder, "one.jsonl");

        var refused = await bench.Ao.RunAsync($"ao export one -o {file}");

        Assert.Equal(1, refused.ExitCode);
        Assert.False(File.Exists(file));
        var verdict = await bench.Ao.RunAsync($"ao verify {bench.Server.DataDir}");
        Assert.Equal(1, verdict.ExitCode);
        Assert.Contains($"event {events} of session one is not what was written", verdict.Out, StringComparison.Ordinal);
    }

    /// <summary>Flips one bit of these words in the file.</summary>
    static async Task DamageAsync(string file, string words)
    {
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(words))] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
    }

    [Theory]
    [InlineData("application/json", "{}", 415, "unsupported_media_type")]
    [InlineData("application/x-ndjson", "", 422, "invalid")]
    [InlineData("application/x-ndjson", "{\"kind\":\"session\"", 422, "invalid")]
    [InlineData("application/x-ndjson", "[]\n", 422, "invalid")]
    public async Task What_is_no_export_is_refused(string mediaType, string body, int status, string code)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, mediaType);

        using var answer = await server.Client.PostAsync("/sessions/import", content, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_over_the_bound_is_refused_and_leaves_no_file()
    {
        await using var server = await TestServer.StartAsync(o => o with { Coordinator = o.Coordinator with { MaxImportBytes = 1_000 } });
        using var content = new StringContent(new string('x', 100_000), Encoding.UTF8, "application/x-ndjson");

        using var answer = await server.Client.PostAsync("/sessions/import", content, Cancel);

        Assert.Equal(413, (int)answer.StatusCode);
        Assert.Empty(Directory.GetFiles(Path.Combine(server.DataDir, "tmp")));
    }

    /// <summary>Without their row numbers, which are each database's own.</summary>
    static async Task<List<string>> EventsAsync(AoServer server, string session) =>
    [
        .. (await server.Http.GetJsonAsync($"/sessions/{session}/events")).GetProperty("events").EnumerateArray()
            .Select(logged => JsonSerializer.Serialize(logged.EnumerateObject().Where(member => member.Name != "id").ToDictionary(m => m.Name, m => m.Value))),
    ];
}
