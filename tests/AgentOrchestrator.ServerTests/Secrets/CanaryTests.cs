using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Live;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Secrets;

/// <summary>Keys are planted wherever texts come in; then everything that the server keeps and says is searched for them.</summary>
public sealed class CanaryTests : IAsyncDisposable
{
    const string Variable = "AO_TEST_CANARY_API_KEY";

    static readonly string s_core = "Canary" + RandomNumberGenerator.GetHexString(18);
    static readonly string s_value = $"v\"1/{s_core}+ü";

    readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("ao-canary-");
    readonly MemoryStream _log = new();
    readonly Dictionary<string, string> _canaries = [];
    TestServer? _server;

    static CanaryTests() => Environment.SetEnvironmentVariable(Variable, s_value);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    TestServer Server => _server!;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _log.DisposeAsync();
        _outside.Delete(recursive: true);
    }

    [Fact]
    public async Task Planted_keys_are_nowhere_in_what_is_kept_and_told()
    {
        await StartAsync();
        var said = new List<byte[]>();
        var session = await PostAllAsync();
        foreach (var script in (string[])["cat \"$AGENT_ORCHESTRATOR_AGENT_DIR/all\"", "cat \"$AGENT_ORCHESTRATOR_AGENT_DIR/all\" >&2; exit 3"])
        {
            said.AddRange(await RunAsync(script));
        }

        var planted = string.Join(' ', _canaries.Values);
        foreach (var canary in _canaries.Values)
        {
            said.Add(await ReadAsync(HttpMethod.Get, $"/sessions/{Uri.EscapeDataString(canary)}"));
            said.Add(await ReadAsync(HttpMethod.Delete, $"/tokens/{Uri.EscapeDataString(canary)}"));
            said.Add(await ReadAsync(HttpMethod.Post, "/runs", $$"""{"type":"start_session","prompt":"x","agent_name":{{JsonSerializer.Serialize(canary)}}}"""));
        }

        await Server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "prompted", prompt = planted });
        foreach (var path in (string[])[
            "/sessions", "/runs", "/audit", "/metrics", "/runners", "/tokens", "/agents", "/health/ready", $"/sessions/{session}/events",
            $"/sessions/{session}/export", "/sessions/prompted/events", "/backup", "/memories"])
        {
            said.Add(await ReadAsync(HttpMethod.Get, path));
        }

        said.Add(await ReadFeedAsync(session));
        await Server.StopAsync();
        said.Add(_log.ToArray());
        said.AddRange(Directory.EnumerateFiles(Server.DataDir, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes));

        Assert.Contains(said, bytes => Encoding.UTF8.GetString(bytes).Contains($"[redacted: ${Variable}]", StringComparison.Ordinal));
        foreach (var (name, canary) in _canaries.Append(new("environment", s_core)).Append(new("base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(s_core)))))
        {
            var trace = Encoding.UTF8.GetBytes(canary.Length > 24 ? canary[^24..^4] : canary[4..]);
            Assert.True(said.TrueForAll(bytes => bytes.AsSpan().IndexOf(trace) < 0), $"{name} is in something: {Around(said, trace)}");
        }
    }

    async Task StartAsync()
    {
        _server = await TestServer.StartAsync(options => options with
        {
            NoRunner = false,
            NoAuth = false,
            TokenFile = Path.Combine(_outside.FullName, "servers.json"),
            LogLevel = LogLevel.Debug,
            LogStream = _log,
        });
        Server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Server.Host.Token);
        var digits = RandomNumberGenerator.GetHexString(64, lowercase: true);
        _canaries["owner"] = Server.Host.Token!;
        _canaries["viewer"] = (await Server.Client.PostJsonAsync("/tokens", new { name = "v", role = "viewer" }, expected: 201)).Text("token");
        _canaries["anthropic"] = $"sk-ant-api03-{digits}";
        _canaries["openai"] = $"sk-proj-{RandomNumberGenerator.GetHexString(40)}";
        _canaries["github"] = $"ghp_{RandomNumberGenerator.GetHexString(36)}";
        _canaries["slack"] = $"xoxb-{RandomNumberGenerator.GetHexString(30)}";
        _canaries["aws"] = $"AKIA{RandomNumberGenerator.GetHexString(16)}";
        _canaries["jwt"] = $"eyJ{RandomNumberGenerator.GetHexString(20)}.{RandomNumberGenerator.GetHexString(20)}.{RandomNumberGenerator.GetHexString(30)}";
        _canaries["bearer"] = $"Bearer {RandomNumberGenerator.GetHexString(40)}";
        _canaries["login"] = $"postgres://ao:{RandomNumberGenerator.GetHexString(30)}@h";
    }

    /// <summary>In every member of events, as values and as names, escaped and within JSON as a text.</summary>
    async Task<string> PostAllAsync()
    {
        await Server.Client.CreateSessionAsync("planted", Cancel);
        foreach (var canary in _canaries.Values)
        {
            var text = JsonSerializer.Serialize(canary);
            var escaped = "\"" + string.Concat(canary.Select(c => $"\\u{(int)c:x4}")) + "\"";
            var nested = JsonSerializer.Serialize(JsonSerializer.Serialize(new { a = "\n" + canary }));
            var large = JsonSerializer.Serialize(new string('x', 300_000) + " " + canary + " " + new string('y', 50_000));
            foreach (var body in (string[])[
                $$"""{"event_type":"message","role":"assistant","content":[{"type":"text","text":{{escaped}}}],"timestamp":"2026"}""",
                $$"""{"event_type":"post_tool","tool_name":{{text}},"tool_use_id":{{text}},"tool_input":{ {{escaped}}:{{text}} },"tool_output":{{nested}},"error":{{text}}}""",
                $$"""{"event_type":"result","result_text":{{escaped}},"result_data":{"a":[{ {{text}}:{{nested}} }]},"reason":{{text}}}""",
                $$"""{"event_type":"note","data":{{large}},"role":{{text}}}"""])
            {
                await Server.Client.CallAsync(HttpMethod.Post, "/sessions/planted/events", body, cancel: Cancel);
            }

            var memory = $$"""{"text":{{escaped}},"metadata":{"a":{{nested}},"b":{{text}} } }""";
            await Server.Client.CallAsync(HttpMethod.Post, "/memories", memory, expected: 201, cancel: Cancel);
        }

        return "planted";
    }

    /// <summary>An agent says it all, its own token and its environment too.</summary>
    async Task<IReadOnlyList<byte[]>> RunAsync(string script)
    {
        var name = $"teller-{_canaries.Count}";
        var agent = new JsonObject
        {
            ["name"] = name,
            ["description"] = "Tells",
            ["executor"] = "command",
            ["command"] = new JsonArray("./run.sh"),
            ["env"] = new JsonArray(Variable),
        };
        await Server.Client.CallAsync(HttpMethod.Post, "/agents", agent.ToJsonString(), expected: 201, cancel: Cancel);
        var folder = Path.Combine(Server.AgentsDir, name);
        await File.WriteAllLinesAsync(Path.Combine(folder, "shapes"), _canaries.Values, Cancel);
        var program = Path.Combine(folder, "run.sh");
        await File.WriteAllTextAsync(
            program,
            $"""
            #!/bin/sh
            cd "$AGENT_ORCHESTRATOR_AGENT_DIR"
            printf %s "$AGENT_ORCHESTRATOR_TOKEN" > token
            cat shapes token > all
            printf '\n%s\n' "${Variable}" >> all
            printf %s "${Variable}" | base64 -w0 >> all
            printf 'x%s' "${Variable}" | base64 -w0 >> all
            {script}
            """,
            Cancel);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var runs = new RunClient(Server.Client);
        var run = await runs.WaitForEndAsync((await runs.StartAsync($"tell me {_canaries["github"]}", agent: name)).RunId);
        Assert.Contains("[redacted: run token]", run.Error ?? run.ResultText, StringComparison.Ordinal);
        _canaries[$"run token {name}"] = await File.ReadAllTextAsync(Path.Combine(folder, "token"), Cancel);
        Directory.Delete(folder, recursive: true);
        return [await ReadAsync(HttpMethod.Get, $"/runs/{run.RunId}"), await ReadAsync(HttpMethod.Get, $"/sessions/{run.SessionId}/events"),
            await ReadAsync(HttpMethod.Get, $"/sessions/{run.SessionId}/result"), await ReadAsync(HttpMethod.Get, $"/sessions/{run.SessionId}/export")];
    }

    async Task<byte[]> ReadAsync(HttpMethod method, string path, string? body = null)
    {
        using var answer = await Server.Client.TryAsync(method, path, body, Cancel);
        return await answer.Content.ReadAsByteArrayAsync(Cancel);
    }

    async Task<byte[]> ReadFeedAsync(string session)
    {
        var text = new StringBuilder();
        var left = 4 * 10;
        await foreach (var item in Server.Client.ReadFeedAsync($"/sessions/{session}/feed", null, Cancel))
        {
            text.Append(item.Data);
            if (item.EventType is "event" && --left == 0)
            {
                break;
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    static string Around(List<byte[]> said, byte[] trace)
    {
        var bytes = said.Find(all => all.AsSpan().IndexOf(trace) >= 0) ?? [];
        var at = Math.Max(0, bytes.AsSpan().IndexOf(trace) - 150);
        return Encoding.Latin1.GetString(bytes.AsSpan(at, Math.Min(350, bytes.Length - at)));
    }
}
