using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A server and two runners in a folder of their own, beside whatever runs on this machine otherwise.</summary>
sealed class Laboratory : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string?> _environment;
    readonly string _serverProgram;
    readonly bool _ownsData;
    readonly LabProcess _server;
    readonly LabProcess[] _runners;
    readonly Dictionary<string, string?> _farRunner;
    readonly FaultyLine[] _lines;
    readonly string _crashes;
    readonly TimeProvider _time;

    /// <param name="server">The server's program.</param>
    /// <param name="ao">This program.</param>
    /// <param name="database">The URL of an empty PostgreSQL database; null for SQLite in the folder.</param>
    public Laboratory(string folder, string server, string ao, string? database, TimeProvider time)
    {
        _serverProgram = server;
        _ownsData = database is null;
        Folder = folder;
        _time = time;
        Outages = new Outages(time);
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
            ["RUNNER_STOP_GRACE"] = "5",
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
            server, ["--urls", url, "--data", Data, "--agents-dir", Agents, "--no-runner"], folder, Path.Combine(folder, "server.log"),
            new Dictionary<string, string?>(_environment) { ["DATABASE_URL"] = database });
        _farRunner = new(_environment) { ["AGENT_ORCHESTRATOR_API_URL"] = _lines[0].Url };
        _runners = [RunnerOf(ao, 0, _environment), RunnerOf(ao, 1, _farRunner)];
    }

    /// <summary>Short, so that what hangs on it is seen in seconds.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a run may look live whose runner is gone: the lease, two seconds until the server looks for its end, and five for a busy machine.</summary>
    public static TimeSpan LostWithin { get; } = Lease + TimeSpan.FromSeconds(7);

    public string Folder { get; }

    public string Agents { get; }

    public string Data { get; }

    public Witness Witness { get; }

    public Outages Outages { get; }

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
        await HaveAgentAsync(cancel);
        foreach (var runner in _runners)
        {
            runner.Start();
        }
    }

    public async Task KillServerAsync(CancellationToken cancel)
    {
        Outages.Begin(Outages.Server);
        await _server.KillAsync();
        await StartServerAsync(cancel);
        Outages.End(Outages.Server, HostClock.Now);
    }

    public async Task KillRunnerAsync(int index)
    {
        Outages.Begin(NameOf(index));
        await _runners[index].KillAsync();
        _runners[index].Start();
    }

    /// <param name="name">Of a runner.</param>
    public int IndexOf(string name) => Enumerable.Range(0, Runners).First(index => NameOf(index) == name);

    /// <summary>So long that its runs are lost meanwhile, and that it would be seen if they were not.</summary>
    public async Task FreezeRunnerAsync(int index, CancellationToken cancel)
    {
        Outages.Begin(NameOf(index));
        _runners[index].Freeze();
        try
        {
            await Task.Delay(LostWithin + TimeSpan.FromSeconds(2), _time, cancel);
        }
        finally
        {
            _runners[index].Thaw();
        }
    }

    /// <summary>Ends the server politely, and looks at what it leaves as <c>ao verify</c> does.</summary>
    /// <returns>Null when the data are elsewhere.</returns>
    public async Task<DataReport?> VerifyAsync(CancellationToken cancel)
    {
        await _server.EndAsync(s_patience, cancel);
        if (!_ownsData)
        {
            return null;
        }

        using var verify = Process.Start(new ProcessStartInfo(_serverProgram, ["verify", Data, "--json"]) { RedirectStandardOutput = true })!;
        var report = await verify.StandardOutput.ReadToEndAsync(cancel);
        await verify.WaitForExitAsync(cancel);
        return report.Length > 0
            ? JsonSerializer.Deserialize(report, ProtocolJson.Default.DataReport)
            : new DataReport(false, 0, 0, [new DataFinding("file", $"the data folder could not be looked at: exit code {verify.ExitCode}", "")]);
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
        for (var index = 0; index < Runners; index++)
        {
            if (_runners[index].HasEnded)
            {
                Outages.Begin(NameOf(index));
                _runners[index].Start();
            }
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

        // What is killed may just have started something.
        var since = _time.GetTimestamp();
        while ((int[])[.. LabSurvivors.Keepers(Folder), .. LabSurvivors.Programs(Folder)] is { Length: > 0 } left && _time.GetElapsedTime(since) < s_patience)
        {
            foreach (var id in left)
            {
                LabSurvivors.Kill(id);
            }
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

    /// <summary>A server is ready before it has read its folder of agents, and with PostgreSQL it does not read it.</summary>
    async Task HaveAgentAsync(CancellationToken cancel)
    {
        using var client = Connect();
        if (!_ownsData)
        {
            await client.Agents.CreateAsync(Witness.Definition, cancel);
        }

        var since = _time.GetTimestamp();
        while (!(await client.Agents.ListAsync(cancel: cancel)).Any(agent => agent.Name == Witness.Agent))
        {
            if (_time.GetElapsedTime(since) > s_patience)
            {
                throw new ProductException(ErrorCode.Timeout, $"The server of the laboratory does not find its agent in {Agents}");
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
