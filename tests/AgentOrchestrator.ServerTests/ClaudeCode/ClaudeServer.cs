using System.Net.Http.Json;
using System.Text.Json;
using AgentOrchestrator.ModelServer;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Faults;
using AgentOrchestrator.ServerTests.Live;

namespace AgentOrchestrator.ServerTests.ClaudeCode;

/// <summary>The real server with its embedded runner and the real Claude Code, which has a home of its own and a scripted model.</summary>
sealed class ClaudeServer : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    ClaudeServer(ScriptedModelServer models, ServerProcess process) => (Models, Process) = (models, process);

    public ScriptedModelServer Models { get; }

    public ServerProcess Process { get; }

    public HttpClient Http => Process.Client;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The environment of a runner of its own, for a server that has none.</summary>
    public AoProgram Ao()
    {
        var ao = new AoProgram(new Uri($"http://127.0.0.1:{Process.Port}"), Process.Folder);
        foreach (var (name, value) in Process.Environment.Where(variable => variable.Value is not null))
        {
            ao.Environment[name] = value!;
        }

        return ao;
    }

    public static async Task<ClaudeServer> StartAsync(params string[] switches)
    {
        var claude = Environment.GetEnvironmentVariable("TEST_CLAUDE") is { Length: > 0 } named
            ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(f => Path.Combine(f, "claude")).FirstOrDefault(File.Exists);
        if (claude is null)
        {
            const string Why = "Claude Code is not installed: put claude on PATH, or name it in TEST_CLAUDE.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_LEVEL") != "full", Why);
            Assert.Fail(Why);
        }

        var models = await ScriptedModelServer.StartAsync(cancel: Cancel);
        var process = new ServerProcess(switches);
        process.Environment["AGENT_ORCHESTRATOR_CLAUDE"] = claude;
        process.Environment["HOME"] = Directory.CreateDirectory(Path.Combine(process.Folder, "home")).FullName;
        process.Environment["ANTHROPIC_BASE_URL"] = models.BaseUrl;
        process.Environment["ANTHROPIC_API_KEY"] = "sk-ant-made-up";
        process.Environment["CLAUDE_CODE_MAX_RETRIES"] = "1";
        process.Environment["IS_SANDBOX"] = "1";
        // Restarts of a busy machine take long, and are not what is tried here.
        process.Environment["RUN_LEASE"] = "120";
        process.Environment["RUNNER_ORPHAN_GRACE"] = "120";
        await process.StartAsync(Cancel);
        var server = new ClaudeServer(models, process);
        await server.PostAsync(
            "/agents",
            """{"name":"free","description":"May use every tool","executor":"claude-code","permission_mode":"bypassPermissions","env":["IS_SANDBOX"]}""");
        return server;
    }

    public async Task<JsonElement> PostAsync(string path, string json)
    {
        using var answer = await Http.PostAsync(path, LiveClient.Json(json), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task<JsonElement> StartAsync(string session, string prompt) =>
        PostAsync("/runs", JsonSerializer.Serialize(new { type = "start_session", session_name = session, agent_name = "free", prompt }));

    public Task<JsonElement> ResumeAsync(string session, string prompt) =>
        PostAsync("/runs", JsonSerializer.Serialize(new { type = "resume_session", session_name = session, prompt }));

    public async Task<JsonElement[]> EventsAsync(string session)
    {
        var log = await Http.GetFromJsonAsync<JsonElement>($"/sessions/{session}/events", Cancel);
        var events = log.GetProperty("events").EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(1, events.Length), events.Select(e => e.GetProperty("seq").GetInt32()));
        return events;
    }

    /// <summary>Whether one request to the model held all of these texts.</summary>
    public bool HasModelSeen(params string[] texts) => Models.Requests
        .Select(r => r.Body?.ToJsonString() ?? "")
        .Any(body => texts.All(text => body.Contains(text, StringComparison.Ordinal)));

    public async Task<string> StatusAsync(string session) =>
        (await Http.GetFromJsonAsync<JsonElement>($"/sessions/{session}/status", Cancel)).GetProperty("status").GetString()!;

    public async Task WaitForStatusAsync(string session, params string[] wanted)
    {
        var last = "";
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    last = await StatusAsync(session);
                    return wanted.Contains(last);
                }, $"{session} is {string.Join(" or ", wanted)}", s_patience, Cancel);
        }
        catch (Exception)
        {
            TestContext.Current.SendDiagnosticMessage($"{session} is {last}; the server says:\n{Process.Output}");
            throw;
        }
    }

    public Task WaitForEventAsync(string session, string type) => Eventually.TrueAsync(
        async () => (await EventsAsync(session)).Any(e => Type(e) == type), $"{session} has a {type}", s_patience, Cancel);

    public async Task<JsonElement> RunAsync(JsonElement created) =>
        await Http.GetFromJsonAsync<JsonElement>("/runs/" + created.GetProperty("run_id").GetString(), Cancel);

    /// <summary>In the order in which they were asked for.</summary>
    public async Task<IReadOnlyList<RunView>> RunsOfAsync(string session)
    {
        var list = await Http.GetFromJsonAsync("/runs", ProtocolJson.Default.RunList, Cancel);
        return [.. list!.Runs.Where(run => run.SessionName == session).OrderBy(run => run.CreatedAt)];
    }

    public static string Type(JsonElement entry) => entry.GetProperty("event_type").GetString()!;

    /// <summary>Command lines, anywhere on this machine, that mention the text.</summary>
    public static IReadOnlyList<string> ProcessesThatMention(string text)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])))
        {
            try
            {
                var line = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    found.Add(line);
                }
            }
            catch (IOException)
            {
                // It ended between the listing and the reading.
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Models.DisposeAsync();
    }
}
