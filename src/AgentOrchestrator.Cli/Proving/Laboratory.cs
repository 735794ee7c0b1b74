using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A server and two runners in a folder of their own, beside whatever runs on this machine otherwise.</summary>
sealed class Laboratory : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string?> _environment;
    readonly LabProcess _server;
    readonly LabProcess[] _runners;
    readonly int _port = FreePort();
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
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");
        _environment = new()
        {
            ["XDG_CONFIG_HOME"] = Path.Combine(folder, "config"),
            ["AGENT_ORCHESTRATOR_API_URL"] = url,
            ["AGENT_ORCHESTRATOR_AGENTS_DIR"] = Agents,
            ["RUN_LEASE"] = Lease.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["LOG_LEVEL"] = "WARNING",
            ["DATABASE_URL"] = null,
            ["PORT"] = null,
            ["AGENT_ORCHESTRATOR_TOKEN"] = null,
            ["AGENT_SESSION_ID"] = null,
            ["AGENT_SESSION_NAME"] = null,
        };
        _server = new LabProcess(
            server, ["--urls", url, "--data", Data, "--agents-dir", Agents, "--no-runner"], folder, Path.Combine(folder, "server.log"), _environment);
        _runners = [.. Enumerable.Range(1, 2).Select(n => RunnerOf(ao, n))];
    }

    /// <summary>Short, so that what hangs on it is seen in seconds.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(8);

    public string Folder { get; }

    public string Agents { get; }

    public string Data { get; }

    public Witness Witness { get; }

    public int Runners => _runners.Length;

    public OrchestratorClient Connect()
    {
        var url = _environment["AGENT_ORCHESTRATOR_API_URL"]!;
        var tokens = new ServersFile(Path.Combine(_environment["XDG_CONFIG_HOME"]!, "agent-orchestrator", "servers.json"));
        return new OrchestratorClient(new ServerAddress(url, tokens.FindToken(url), TokenSource.File));
    }

    public async Task OpenAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "project"));
        await Witness.WriteAgentAsync(Agents);
        await StartServerAsync(cancel);
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
        foreach (var keeper in LabSurvivors.Keepers(Folder))
        {
            LabSurvivors.Kill(keeper);
        }

        foreach (var program in LabSurvivors.Programs(Folder))
        {
            LabSurvivors.Kill(program);
        }
    }

    LabProcess RunnerOf(string ao, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"runner-{number}");
        string[] arguments =
            ["runner", "--name", name, "--state", Path.Combine(Folder, name), "--project-dir", Path.Combine(Folder, "project"), "--max-concurrent", "8"];
        return new LabProcess(ao, arguments, Folder, Path.Combine(Folder, name + ".log"), _environment);
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
            using var answer = await http.GetAsync(new Uri($"{_environment["AGENT_ORCHESTRATOR_API_URL"]}/health/ready"), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
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
