using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>A full disk under the data folder: new work is refused before anything is damaged, what runs can be ended, and space heals it.</summary>
[Collection(nameof(Alone))]
public sealed class DiskFullTests : IAsyncDisposable
{
    // More than a runner wants to have free before it claims.
    const int Megabytes = 160;

    static readonly TimeSpan s_soon = TimeSpan.FromMinutes(2);

    readonly ServerProcess _server = new();
    readonly SmallDisk _disk;
    readonly RunClient _runs;
    int _acknowledged;

    public DiskFullTests()
    {
        _disk = SmallDisk.Mount(_server.DataFolder, Megabytes);
        _runs = new RunClient(_server.Client);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    HttpClient Http => _server.Client;

    public async ValueTask DisposeAsync()
    {
        await _server.KillAsync();
        _disk.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task New_work_is_refused_while_runs_end_and_the_server_goes_on_by_itself_when_there_is_space()
    {
        await _server.StartAsync(Cancel);
        await WriteAgentAsync();
        var (stopped, ended) = (await BeginAsync(), await BeginAsync());
        await CreateSessionAsync("talk", expected: 200);
        await CreateSessionAsync("gone", expected: 200);
        await AppendAsync("talk", "before", expected: 200);

        _disk.Fill();
        await RequireRefusedAsync();
        Assert.False(File.Exists(Path.Combine(_server.DataFolder, "reserve")));
        await RequireLogAsync();
        Assert.Contains("Free some space", await RequireHealthAsync("degraded", ready: 503), StringComparison.Ordinal);

        await _runs.StopAsync(stopped.RunId);
        await File.WriteAllTextAsync(Path.Combine(_server.Folder, ended.SessionId), "", Cancel);
        Assert.Equal(RunStatus.Stopped, (await _runs.WaitForEndAsync(stopped.RunId)).Status);
        Assert.Equal(RunStatus.Completed, (await _runs.WaitForEndAsync(ended.RunId)).Status);
        await Http.CallAsync(HttpMethod.Delete, "/sessions/gone");
        Assert.DoesNotContain(Directory.GetFiles(_server.DataFolder, "new-*", SearchOption.AllDirectories), File.Exists);

        _disk.Free();
        await Eventually.TrueAsync(
            async () => (await Http.TryAsync(HttpMethod.Get, "/health/ready")).IsSuccessStatusCode, "the server is ready again", s_soon, Cancel);
        await AppendAsync("talk", "after", expected: 200);
        Assert.True(File.Exists(Path.Combine(_server.DataFolder, "reserve")));
        var next = await BeginAsync();
        await File.WriteAllTextAsync(Path.Combine(_server.Folder, next.SessionId), "", Cancel);
        Assert.Equal(RunStatus.Completed, (await _runs.WaitForEndAsync(next.RunId)).Status);
        await RequireWholeAsync();
    }

    [Fact]
    public async Task A_server_that_is_killed_on_a_full_disk_starts_again_and_answers()
    {
        await _server.StartAsync(Cancel);
        await CreateSessionAsync("talk", expected: 200);
        for (var n = 0; n < 50; n++)
        {
            await AppendAsync("talk", new string('x', 100_000), expected: 200);
        }

        _disk.Fill();
        await RequireRefusedAsync();
        await _server.KillAsync();
        _disk.Fill();
        var again = _server.Start();
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(again.HasExited, "the server ended: " + _server.Output);
                return await AnswersAsync();
            },
            "the server answers",
            s_soon,
            Cancel);

        await RequireRefusedAsync();
        await RequireLogAsync();
        _disk.Free();
        await Eventually.TrueAsync(
            async () => (await Http.TryAsync(HttpMethod.Get, "/health/ready")).IsSuccessStatusCode, "the server is ready again", s_soon, Cancel);
        await AppendAsync("talk", "after", expected: 200);
        await RequireWholeAsync();
    }

    /// <summary>Every kind of new work: 507, and what to do.</summary>
    async Task RequireRefusedAsync()
    {
        // The first ones may still fit into what the log of the database has allocated.
        await Eventually.TrueAsync(
            async () => await AppendAsync("talk", new string('y', 200_000)) == HttpStatusCode.InsufficientStorage,
            "the disk is full",
            s_soon,
            Cancel);
        await CreateSessionAsync("new", expected: 507);
        await AppendAsync("talk", new string('z', 300_000), expected: 507);
        var refusal = await Http.CallAsync(HttpMethod.Post, "/runs", """{"type":"start_session","prompt":"p"}""", expected: 507);
        Assert.Equal("storage_full", refusal.Text("code"));
        Assert.Contains("Free some space", refusal.Text("detail"), StringComparison.Ordinal);
    }

    /// <summary>What was acknowledged, and nothing of what was refused.</summary>
    async Task RequireLogAsync() => Assert.Equal(
        _acknowledged, (await Http.GetJsonAsync("/sessions/talk/events?limit=500")).GetProperty("events").GetArrayLength());

    async Task<string> RequireHealthAsync(string status, int ready)
    {
        Assert.Equal(status, (await Http.GetJsonAsync("/health")).Text("status"));
        return (await Http.GetJsonAsync("/health/ready", expected: ready)).Text("detail");
    }

    async Task RequireWholeAsync()
    {
        await _server.KillAsync();
        using var text = new StringWriter();
        Assert.True(Server.Archives.VerifyProgram.Run([_server.DataFolder], text) == 0, text.ToString());
    }

    /// <summary>An agent that works until the test writes a file by the name of the session.</summary>
    async Task WriteAgentAsync()
    {
        var agent = new JsonObject { ["name"] = "worker", ["description"] = "Waits", ["executor"] = "command", ["command"] = new JsonArray("./run.sh") };
        await Http.CallAsync(HttpMethod.Post, "/agents", agent.ToJsonString(), expected: 201);
        var program = Path.Combine(_server.Folder, "agents", "worker", "run.sh");
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\ncd '{_server.Folder}'; touch \"$AGENT_SESSION_ID.begun\"; while [ ! -e \"$AGENT_SESSION_ID\" ]; do sleep 0.1; done; echo done\n", Cancel);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    async Task<RunCreated> BeginAsync()
    {
        var run = await _runs.StartAsync("work", agent: "worker");
        // A run that is not further than its start would rightly fail for want of space.
        await RunClient.WaitAsync(() => File.Exists(Path.Combine(_server.Folder, run.SessionId + ".begun")), "the program is under way");
        await RunClient.WaitAsync(async () => (await _runs.FindAsync(run.RunId)).Status is RunStatus.Running, "the run is under way");
        return run;
    }

    async Task<bool> AnswersAsync()
    {
        try
        {
            return (await Http.TryAsync(HttpMethod.Get, "/health")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    Task<JsonElement> CreateSessionAsync(string name, int expected) =>
        Http.CallAsync(HttpMethod.Post, "/sessions", $$"""{"session_id":"{{name}}","session_name":"{{name}}"}""", expected);

    async Task AppendAsync(string session, string text, int expected) => Assert.Equal(expected, (int)await AppendAsync(session, text));

    async Task<HttpStatusCode> AppendAsync(string session, string text)
    {
        using var answer = await Http.TryAsync(
            HttpMethod.Post,
            $"/sessions/{session}/events",
            $$"""{"event_type":"message","session_id":"{{session}}","timestamp":"t","role":"user","content":[{"type":"text","text":"{{text}}"}]}""");
        _acknowledged += answer.IsSuccessStatusCode ? 1 : 0;
        return answer.StatusCode;
    }
}
