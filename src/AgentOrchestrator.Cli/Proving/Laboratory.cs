using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A server and two runners in a folder of their own, beside whatever runs on this machine otherwise.</summary>
sealed class Laboratory : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string?> _environment;
    readonly LabProcess _server;
    readonly LabProcess[] _runners;
    readonly Dictionary<string, string?> _farRunner;
    readonly FaultyLine[] _lines;
    readonly string _crashes;
    readonly TimeProvider _time;

    /// <param name="server">The server's program.</param>
    /// <param name="ao">This program.</param>
    public Laboratory(string folder, string server, string ao, TimeProvider time)
    {
        Folder = folder;
        _time = time;
        Agents = Path.Combine(folder, "agents");
        Data = Path.Combine(folder, "data");
        Witness = new Witness(Path.Combine(folder, "witness.log"));
        _crashes = Path.Combine(folder, "crashes");
        var port = FreePort();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        _lines = [new FaultyLine(port, time), new FaultyLine(port, time)];
        _environment = new()
        {
            ["XDG_CONFIG_HOME"] = Path.Combine(folder, "config"),
            ["AGENT_ORCHESTRATOR_API_URL"] = url,
            ["AGENT_ORCHESTRATOR_AGENTS_DIR"] = Agents,
            ["RUN_LEASE"] = Lease.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["LOG_LEVEL"] = "WARNING",
            ["AGENT_ORCHESTRATOR_ALLOWED_HOSTS"] = "127.0.0.1",
            [CrashPoint.Variable] = _crashes,
            ["DATABASE_URL"] = null,
            ["PORT"] = null,
            ["AGENT_ORCHESTRATOR_TOKEN"] = null,
            ["AGENT_SESSION_ID"] = null,
            ["AGENT_SESSION_NAME"] = null,
        };
        _server = new LabProcess(
            server, ["--urls", url, "--data", Data, "--agents-dir", Agents, "--no-runner"], folder, Path.Combine(folder, "server.log"), _environment);
        _farRunner = new(_environment) { ["AGENT_ORCHESTRATOR_API_URL"] = _lines[0].Url };
        _runners = [RunnerOf(ao, 0, _environment), RunnerOf(ao, 1, _farRunner)];
    }

    /// <summary>Short, so that what hangs on it is seen in seconds.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(8);

    public string Folder { get; }

    public string Agents { get; }

    public string Data { get; }

    public Witness Witness { get; }

    public int Runners => _runners.Length;

    public OrchestratorClient Connect() => Connect(Url);

    /// <summary>Over a line that is not to be relied on.</summary>
    public OrchestratorClient ConnectByLine() => Connect(_lines[1].Url);

    public async Task OpenAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "project"));
        Directory.CreateDirectory(_crashes);
        await Witness.WriteAgentAsync(Agents);
        await StartServerAsync(cancel);
        _farRunner["AGENT_ORCHESTRATOR_TOKEN"] = Token();
        foreach (var runner in _runners)
        {
            runner.Start();
        }
    }

    public async Task KillServerAsync(CancellationToken cancel)
    {
        await _server.KillAsync();
        await StartServerAsync(cancel);
    }

    public async Task KillRunnerAsync(int index)
    {
        await _runners[index].KillAsync();
        _runners[index].Start();
    }

    public int IndexOf(RunnerView runner) => Enumerable.Range(0, Runners).First(index => runner.Tags.Contains(NameOf(index)));

    /// <summary>Longer than its lease, so that its runs are lost meanwhile.</summary>
    public async Task FreezeRunnerAsync(int index, CancellationToken cancel)
    {
        _runners[index].Freeze();
        try
        {
            await Task.Delay(Lease + TimeSpan.FromSeconds(4), _time, cancel);
        }
        finally
        {
            _runners[index].Thaw();
        }
    }

    /// <returns>Whether there was one to kill.</returns>
    public bool KillKeeper(Random random)
    {
        var keepers = LabSurvivors.Keepers(Folder);
        return keepers.Count > 0 && LabSurvivors.Kill(keepers[random.Next(keepers.Count)]);
    }

    /// <summary>Lets whoever comes to that place next end there.</summary>
    public void ArmCrash(string place) => File.WriteAllText(Path.Combine(_crashes, place), "");

    /// <summary>Whether somebody has come there, and is gone: a server is started again at once.</summary>
    public async Task<bool> HasCrashedAsync(string place, CancellationToken cancel)
    {
        if (File.Exists(Path.Combine(_crashes, place)))
        {
            return false;
        }

        if (place.StartsWith("server.", StringComparison.Ordinal))
        {
            await KillServerAsync(cancel);
        }

        return true;
    }

    /// <summary>Lets the next request of a runner, or of those who work with the server, fare badly.</summary>
    /// <returns>Ends when it did.</returns>
    public Task StrikeLine(LineFault fault, Random random) => _lines[random.Next(_lines.Length)].Arm(fault);

    /// <summary>A runner that gave up by itself is started again, as a supervisor would.</summary>
    public void RestartEnded()
    {
        foreach (var runner in _runners.Where(runner => runner.HasEnded))
        {
            runner.Start();
        }
    }

    public void Dispose()
    {
        foreach (var runner in _runners)
        {
            runner.Dispose();
        }

        _server.Dispose();
        foreach (var line in _lines)
        {
            line.Dispose();
        }

        foreach (var keeper in LabSurvivors.Keepers(Folder))
        {
            LabSurvivors.Kill(keeper);
        }

        foreach (var program in LabSurvivors.Programs(Folder))
        {
            LabSurvivors.Kill(program);
        }
    }

    string Url => _environment["AGENT_ORCHESTRATOR_API_URL"]!;

    string? Token() => new ServersFile(Path.Combine(_environment["XDG_CONFIG_HOME"]!, "agent-orchestrator", "servers.json")).FindToken(Url);

    OrchestratorClient Connect(string url) => new(new ServerAddress(url, Token(), TokenSource.File));

    /// <summary>Also its tag, by which the server's list shows it.</summary>
    static string NameOf(int runner) => string.Create(CultureInfo.InvariantCulture, $"runner-{runner + 1}");

    LabProcess RunnerOf(string ao, int index, IReadOnlyDictionary<string, string?> environment)
    {
        var name = NameOf(index);
        string[] arguments =
        [
            "runner", "--name", name, "--tags", name, "--state", Path.Combine(Folder, name), "--project-dir", Path.Combine(Folder, "project"),
            "--max-concurrent", "16",
        ];
        return new LabProcess(ao, arguments, Folder, Path.Combine(Folder, name + ".log"), environment);
    }

    async Task StartServerAsync(CancellationToken cancel)
    {
        _server.Start();
        var since = _time.GetTimestamp();
        using var http = new HttpClient();
        while (!await IsReadyAsync(http, cancel))
        {
            if (_server.HasEnded || _time.GetElapsedTime(since) > s_patience)
            {
                throw new ProductException(ErrorCode.Unavailable, $"The server of the laboratory did not start; {Folder}/server.log says why");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancel);
        }
    }

    async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            return false;
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
