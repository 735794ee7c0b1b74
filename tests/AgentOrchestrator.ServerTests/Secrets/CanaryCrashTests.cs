using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Faults;
using AgentOrchestrator.ServerTests.Runner;
using AgentOrchestrator.ServerTests.Telemetry;

namespace AgentOrchestrator.ServerTests.Secrets;

/// <summary>Keys go through runs of real processes that are killed in the middle; then nothing that any of them left behind has one.</summary>
[Collection(nameof(Alone))]
public sealed class CanaryCrashTests : IAsyncDisposable
{
    const string RunnersSecret = "RUNNERS_OWN_SECRET";

    readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("ao-canaries-");
    readonly ServerProcess _server = new("--no-runner") { HasAuthentication = true };
    readonly Dictionary<string, string> _canaries = Shapes();
    readonly List<byte[]> _told = [];
    readonly StringBuilder _runnerLog = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string FileOf(string name) => Path.Combine(_outside.FullName, name);

    string RunnerFolder => Path.Combine(_server.Folder, "runner");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _outside.Delete(recursive: true);
    }

    [Fact]
    public async Task Keys_in_what_crashes_cut_through_are_nowhere_afterwards()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("command lines are read from /proc");
        }

        await using var collector = await Collector.StartAsync();
        await StartServerAsync(collector.Url);
        var runner = StartRunner(collector.Url);
        WriteProgram();
        foreach (var (kill, i) in ((string[])["server", "runner", "both"]).Select((kill, i) => (kill, i)))
        {
            File.Delete(FileOf("gate"));
            File.Delete(FileOf("ready"));
            var created = await _server.Client.PostJsonAsync("/runs", new
            {
                type = "start_session",
                session_name = $"cut-{i}",
                // What only the runner knows to be a secret, the server would keep.
                prompt = "Use these: " + string.Join(' ', _canaries.Where(canary => canary.Key != "runner's variable").Select(canary => canary.Value)),
            });
            await WaitAsync(() => Task.FromResult(File.Exists(FileOf("ready"))), "the program has said its first half");
            LookAtCommandLines();

            if (kill is "server" or "both")
            {
                await _server.KillAsync();
            }

            if (kill is "runner" or "both")
            {
                await EndRunnerAsync(runner, "KILL");
            }

            if (kill is "server" or "both")
            {
                await _server.StartAsync(Cancel);
            }

            if (kill is "runner" or "both")
            {
                runner = StartRunner(collector.Url);
            }

            await File.WriteAllTextAsync(FileOf("gate"), "", Cancel);
            var run = created.Text("run_id");
            await WaitAsync(
                async () => (await _server.Client.GetJsonAsync($"/runs/{run}")).Text("status") is "completed" or "failed", $"the end of the run after a kill of {kill}");
            await HearAsync($"/runs/{run}");
            await HearAsync($"/sessions/cut-{i}/events?limit=1000");
            await HearAsync($"/sessions/cut-{i}/export");
        }

        foreach (var path in (string[])["/metrics", "/backup", "/audit", "/sessions", "/runs", "/runners", "/tokens", "/agents", "/health/ready"])
        {
            await HearAsync(path);
        }

        await EndRunnerAsync(runner, "TERM");
        await WaitAsync(() => Task.FromResult(collector.Spans.Any(span => span.Name.StartsWith("execute_tool", StringComparison.Ordinal))), "spans of tools are here");
        await _server.KillAsync();
        Search(collector);
    }

    /// <summary>Twenty with those that are only known while the test runs: the tokens of owner, viewer, runner and runs.</summary>
    static Dictionary<string, string> Shapes() => new()
    {
        ["anthropic"] = "sk-ant-api03-" + Random(),
        ["openai"] = "sk-proj-7" + Random(),
        ["stripe"] = "sk_live_" + Random(),
        ["github"] = "ghp_" + Random(),
        ["gitlab"] = "glpat-" + Random(),
        ["google"] = "AIza" + Random(),
        ["slack"] = "xoxb-" + Random(),
        ["hugging face"] = "hf_" + Random(),
        ["npm"] = "npm_" + Random(),
        ["aws"] = "AKIA" + Random()[..16],
        ["jwt"] = $"eyJ{Random()}.{Random()}.{Random()}",
        ["bearer"] = "Bearer " + Random(),
        ["login in a URL"] = $"postgres://ao:{Random()}@database.example/ao",
        ["private key"] = $"-----BEGIN PRIVATE KEY-----\n{Random()}\n-----END PRIVATE KEY-----",
        ["database password"] = Random(),
        ["cookie"] = Random(),
        ["runner's variable"] = Random(),
    };

    static string Random() => RandomNumberGenerator.GetHexString(40);

    async Task StartServerAsync(string otlp)
    {
        _server.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp;
        _server.Environment["LOG_LEVEL"] = "DEBUG";
        _server.Environment["REPORTS_DATABASE_URL"] = $"postgres://reports:{_canaries["database password"]}@database.example/reports";
        _server.Environment["SITE_COOKIE"] = _canaries["cookie"];
        _server.Environment["AGENT_ORCHESTRATOR_SECRET_VARIABLES"] = "SITE_COOKIE";
        await _server.StartAsync(Cancel);
        var file = Assert.Single(Directory.GetFiles(_server.ConfigFolder, "*.json", SearchOption.AllDirectories));
        var text = await File.ReadAllTextAsync(file, Cancel);
        _canaries["owner's token"] = text[text.IndexOf("ao_", StringComparison.Ordinal)..][..67];
        _server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _canaries["owner's token"]);
        _canaries["viewer's token"] = (await _server.Client.PostJsonAsync("/tokens", new { name = "v", role = "viewer" }, expected: 201)).Text("token");
        _canaries["runner's token"] = (await _server.Client.PostJsonAsync("/tokens", new { name = "r", role = "runner" }, expected: 201)).Text("token");
    }

    AoCall StartRunner(string otlp)
    {
        var ao = new AoProgram(_server.Client.BaseAddress!, _server.Folder)
        {
            Environment =
            {
                ["AGENT_ORCHESTRATOR_TOKEN"] = _canaries["runner's token"],
                ["AGENT_ORCHESTRATOR_CLAUDE"] = FileOf("claude"),
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp,
                ["RUNNER_STATE_DIR"] = RunnerFolder,
                ["LOG_LEVEL"] = "DEBUG",
                [RunnersSecret] = _canaries["runner's variable"],
            },
        };
        return ao.Start(["ao", "runner"]);
    }

    async Task EndRunnerAsync(AoCall runner, string signal)
    {
        await runner.SignalAsync(signal);
        var end = await runner.EndAsync();
        _runnerLog.Append(end.Out).Append(end.Error);
        await runner.DisposeAsync();
    }

    /// <summary>Plays Claude Code: says every key in a message, as a tool's input and output, and on stderr; half of it before the gate.</summary>
    void WriteProgram()
    {
        var all = string.Join('\n', _canaries.Values);
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(_canaries["runner's variable"]));
        string Half(int n) => string.Join('\n', [
            Line(new { type = "assistant", message = new { role = "assistant", content = new object[] { new { type = "text", text = all + base64 } } } }),
            Line(new { type = "assistant", message = new { role = "assistant", content = new object[] { new { type = "tool_use", id = $"toolu_{n}", name = "Bash", input = new { command = "env", all } } } } }),
            Line(new { type = "user", message = new { role = "user", content = new object[] { new { type = "tool_result", tool_use_id = $"toolu_{n}", content = new string('x', 280_000) + " " + all } } } }),
        ]) + "\n";
        File.WriteAllText(FileOf("first"), Half(1));
        File.WriteAllText(FileOf("second"), Half(2));
        File.WriteAllText(FileOf("words"), all);
        File.WriteAllText(FileOf("own"), Line(new { type = "assistant", message = new { role = "assistant", content = new object[] { new { type = "text", text = "TOKEN" } } } }) + "\n");
        File.WriteAllText(FileOf("claude"), $$"""
            #!/bin/sh
            if [ "$1" = --version ]; then echo "2.1.329 (Claude Code)"; exit; fi
            cd {{_outside.FullName}}
            printf '%s\n' "$AGENT_ORCHESTRATOR_TOKEN" >> tokens
            echo '{"type":"system","subtype":"init","session_id":"6f0c8c1e-0000-4000-8000-000000000000","tools":[],"model":"none"}'
            cat first
            cat words >&2
            sed "s/TOKEN/$AGENT_ORCHESTRATOR_TOKEN/" own
            touch ready
            while [ ! -e gate ]; do sleep 0.05; done
            cat second
            cat words >&2
            printf '{"type":"result","subtype":"success","is_error":false,"result":"done %s","session_id":"6f0c8c1e-0000-4000-8000-000000000000","num_turns":1}\n' "$AGENT_ORCHESTRATOR_TOKEN"
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(FileOf("claude"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    static string Line(object line) => JsonSerializer.Serialize(line);

    void LookAtCommandLines()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                _told.Add(File.ReadAllBytes(Path.Combine(process, "cmdline")));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }
    }

    async Task HearAsync(string path)
    {
        using var answer = await _server.Client.TryAsync(HttpMethod.Get, path, cancel: Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        _told.Add(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    void Search(Collector collector)
    {
        foreach (var (token, i) in File.ReadAllLines(FileOf("tokens")).Select((token, i) => (token, i)))
        {
            _canaries[$"run token {i}"] = token;
        }

        _canaries["runner's variable in base64"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(_canaries["runner's variable"]));
        Assert.True(_canaries.Count >= 24, "a canary is missing");
        _told.AddRange(collector.Bodies);
        _told.Add(Encoding.UTF8.GetBytes(_server.Output));
        _told.Add(Encoding.UTF8.GetBytes(_runnerLog.ToString()));
        var files = Directory.EnumerateFiles(_server.Folder, "*", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(_server.ConfigFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        var all = files.Select(file => (Where: Path.GetRelativePath(_server.Folder, file), Bytes: File.ReadAllBytes(file)))
            .Concat(_told.Select(bytes => (Where: "what was told", Bytes: bytes))).ToList();

        Assert.Contains(all, one => Encoding.UTF8.GetString(one.Bytes).Contains($"[redacted: ${RunnersSecret}]", StringComparison.Ordinal));
        Assert.Contains(all, one => one.Where.Contains("blobs", StringComparison.Ordinal));
        foreach (var (name, canary) in _canaries)
        {
            // Without its beginning, which may be cut, and which others share.
            var trace = Encoding.UTF8.GetBytes(canary.Replace('\n', ' ')[^Math.Min(canary.Length - 4, 60)..^4].Split(' ', '@').MaxBy(part => part.Length)!);
            Assert.True(all.TrueForAll(one => one.Bytes.AsSpan().IndexOf(trace) < 0), $"{name} is in {all.Find(one => one.Bytes.AsSpan().IndexOf(trace) >= 0).Where}");
        }
    }

    static Task WaitAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, what, TimeSpan.FromMinutes(3), Cancel);
}
