using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Programs;

/// <summary>A server that asks for tokens, with its own runner, and agents that are shell scripts in their folders.</summary>
sealed class ProgramServer : IAsyncDisposable
{
    readonly DirectoryInfo _tokens;

    ProgramServer(TestServer server, DirectoryInfo tokens) => (Server, Runs, _tokens) = (server, new RunClient(server.Client), tokens);

    public TestServer Server { get; }

    public RunClient Runs { get; }

    public HttpClient Http => Server.Client;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ProgramServer> StartAsync()
    {
        var tokens = Directory.CreateTempSubdirectory("ao-token-");
        var server = await TestServer.StartAsync(options => options with
        {
            NoRunner = false,
            NoAuth = false,
            TokenFile = Path.Combine(tokens.FullName, "servers.json"),
        });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Host.Token);
        return new ProgramServer(server, tokens);
    }

    /// <summary>One run of a demo agent of a first start, with <c>ao</c> on the path as the server's build has it.</summary>
    public static async Task<RunView> RunDemoAsync(string agent)
    {
        await using var server = new Faults.ServerProcess();
        server.Environment["PATH"] = $"{Faults.ServerProcess.ToolsFolder}:{Environment.GetEnvironmentVariable("PATH")}";
        await server.StartAsync(Cancel);
        var runs = new RunClient(server.Client);
        return await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: agent)).RunId);
    }

    public string FolderOf(string agent) => Path.Combine(Server.AgentsDir, agent);

    /// <summary>An agent whose program is <c>run.sh</c> in its folder.</summary>
    public async Task WriteAgentAsync(string name, string executor, string script, JsonObject? members = null)
    {
        var agent = new JsonObject { ["name"] = name, ["description"] = "A program", ["executor"] = executor, ["command"] = new JsonArray("./run.sh") };
        foreach (var (member, value) in members ?? []) { agent[member] = value?.DeepClone(); }
        await Http.CallAsync(HttpMethod.Post, "/agents", agent.ToJsonString(), expected: 201, cancel: Cancel);
        await WriteProgramAsync(name, "run.sh", "#!/bin/sh\n" + script + "\n");
    }

    public async Task WriteProgramAsync(string agent, string file, string text, bool isExecutable = true)
    {
        var path = Path.Combine(FolderOf(agent), file);
        await File.WriteAllTextAsync(path, text, Cancel);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (isExecutable ? UnixFileMode.UserExecute : UnixFileMode.None));
        }
    }

    /// <summary>One run of that agent, from start to end.</summary>
    public async Task<RunView> RunAsync(string agent, string prompt = "hello", string? session = null)
    {
        var started = await Runs.StartAsync(prompt, session, agent: session is null ? agent : null);
        return await Runs.WaitForEndAsync(started.RunId);
    }

    /// <summary>Writes the agent and runs it.</summary>
    public async Task<RunView> TryAsync(string executor, string script, JsonObject? members = null, string prompt = "hello")
    {
        await WriteAgentAsync("program", executor, script, members);
        return await RunAsync("program", prompt);
    }

    public async Task<SessionResult> ResultAsync(string session) =>
        System.Text.Json.JsonSerializer.Deserialize(await Http.GetStringAsync($"/sessions/{session}/result", Cancel), ProtocolJson.Default.SessionResult)!;

    public string Read(string agent, string file) => File.ReadAllText(Path.Combine(FolderOf(agent), file));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _tokens.Delete(recursive: true);
    }
}
