using System.Text;
using System.Text.Json.Nodes;
using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>A server, the real <c>ao runner</c> with its keeper, and a program that behaves as badly as its prompt says.</summary>
sealed class KeeperBench : IAsyncDisposable
{
    readonly TestServer _server;
    readonly AoProgram _ao;
    AoCall _runner;

    KeeperBench(TestServer server, Uri url, IReadOnlyDictionary<string, string> environment)
    {
        _server = server;
        Runs = new RunClient(server.Client);
        Program = new HostileProgram(Path.Combine(server.Folder, "hostile"));
        _ao = new AoProgram(url, server.Folder) { Environment = { ["AGENT_ORCHESTRATOR_CLAUDE"] = Program.Path, ["RUNNER_STATE_DIR"] = StateFolder } };
        foreach (var (name, value) in environment)
        {
            _ao.Environment[name] = value;
        }

        _runner = _ao.Start(["ao", "runner"]);
    }

    public RunClient Runs { get; }

    public HostileProgram Program { get; }

    public int RunnerId => _runner.ProcessId;

    /// <summary>Of the runner's token, with a server that asks for one.</summary>
    string? TokenId { get; init; }

    /// <summary>Whether the runner that runs now has said so in its log.</summary>
    public bool RunnerSays(string text) => _runner.ErrorSoFar.Contains(text, StringComparison.Ordinal);

    string StateFolder => Path.Combine(_server.Folder, "state", "runner");

    public static Task<KeeperBench> StartAsync(TimeSpan? lease = null, params (string Name, string Value)[] environment) =>
        StartAsync(server => server.Url, lease, environment);

    /// <param name="line">By which address the runner knows the server.</param>
    public static async Task<KeeperBench> StartAsync(Func<TestServer, Uri> line, TimeSpan? lease = null, params (string Name, string Value)[] environment)
    {
        var server = await StartServerAsync(lease, isGuarded: false);
        return new KeeperBench(server, line(server), environment.ToDictionary(pair => pair.Name, pair => pair.Value));
    }

    /// <summary>With a server that asks for tokens, and a runner that has one of its own.</summary>
    public static async Task<KeeperBench> StartGuardedAsync(TimeSpan lease)
    {
        var server = await StartServerAsync(lease, isGuarded: true);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", server.Host.Token);
        var made = await server.Client.PostJsonAsync("/tokens", new { name = "runner", role = "runner" }, expected: 201);
        return new KeeperBench(server, server.Url, new Dictionary<string, string> { ["AGENT_ORCHESTRATOR_TOKEN"] = made.Text("token") })
        {
            TokenId = made.Text("token_id"),
        };
    }

    static Task<TestServer> StartServerAsync(TimeSpan? lease, bool isGuarded)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the keeper is for Linux");
        return TestServer.StartAsync(options => options with
        {
            NoAuth = !isGuarded,
            AllowedHosts = ["127.0.0.1"],
            Coordinator = options.Coordinator with
            {
                Lease = lease ?? options.Coordinator.Lease,
                ReapInterval = TimeSpan.FromMilliseconds(200),
                // A poll that is held is answered, whatever became of its token.
                PollTimeout = isGuarded ? TimeSpan.FromSeconds(1) : options.Coordinator.PollTimeout,
            },
        });
    }

    /// <summary>Seconds since the runner was last heard of.</summary>
    public async Task<double> SilenceAsync() =>
        (await Runs.RunnersAsync()).GetProperty("runners")[0].GetProperty("seconds_since_heartbeat").GetDouble();

    /// <param name="members">Of its definition, beside the name.</param>
    public async Task CreateAgentAsync(string name, JsonObject members)
    {
        members["name"] = name;
        members["description"] = "As its limits say";
        using var created = await _server.Client.PostAsync("/agents", new StringContent(members.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
    }

    /// <summary>The keeper's process; null when there is none.</summary>
    public int? Keeper() => HostProcesses.WithCommand($"__keeper {StateFolder}") is [var id, ..] ? id : null;

    /// <summary>Starts a run of that manner and waits until the program is there.</summary>
    public async Task<RunCreated> StartAsync(string mode, string until = "ready", string? agent = null)
    {
        var started = await Runs.StartAsync(mode, agent: agent);
        await WaitForAsync(started, until);
        return started;
    }

    public Task WaitForAsync(RunCreated run, string word) =>
        RunClient.WaitAsync(() => Words(run).Contains(word), $"the witness of '{word}'");

    public Task WaitForAsync(IReadOnlyList<RunCreated> runs, string word) => RunClient.WaitAsync(
        () =>
        {
            var there = Program.Witness().Where(line => line.Word == word).Select(line => line.RunId).ToHashSet();
            return runs.All(run => there.Contains(run.RunId));
        },
        $"the witnesses of '{word}' of {runs.Count} runs");

    public IReadOnlyList<string> Words(RunCreated run) => [.. Program.Witness().Where(line => line.RunId == run.RunId).Select(line => line.Word)];

    public Task WaitForNoSurvivorAsync() => RunClient.WaitAsync(() => Program.Survivors().Count == 0, "the end of all that was started");

    public async Task KillRunnerAsync()
    {
        await _runner.SignalAsync("KILL");
        await _runner.DisposeAsync();
    }

    public Task RevokeTokenAsync() => _server.Client.CallAsync(HttpMethod.Delete, $"/tokens/{TokenId}");

    /// <summary>The end of the runner, which it comes to by itself.</summary>
    public async Task<AoEnd> RunnerEndAsync()
    {
        await RunClient.WaitAsync(() => _runner.HasEnded, "the end of the runner");
        return await _runner.EndAsync();
    }

    public void StartRunner() => _runner = _ao.Start(["ao", "runner"]);

    public async ValueTask DisposeAsync()
    {
        var keeper = Keeper();
        if (!_runner.HasEnded)
        {
            HostProcesses.Signal(RunnerId, HostProcesses.Continue);
            await _runner.SignalAsync("TERM");
            var end = await _runner.EndAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(end.Error);
        }

        await _runner.DisposeAsync();
        await RunClient.WaitAsync(() => Keeper() is null, $"the end of keeper {keeper}, which has nothing to keep any more");
        await _server.DisposeAsync();
    }
}
