using System.Diagnostics;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>The real server in a process of its own, on one port and one data folder, to be killed and started again.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    static readonly string[] s_background = ["-c", "trap '' INT QUIT; exec \"$@\"", "sh", "dotnet"];

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-faults-");
    readonly List<string> _output = [];
    readonly string[] _switches;
    readonly FreePort _port = new();
    Process? _process;

    public ServerProcess(params string[] switches)
    {
        _switches = switches;
        Client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(30) })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{Port}"),
            Timeout = TimeSpan.FromSeconds(10),
        };
    }

    public int Port => _port.Number;

    /// <summary>Added to the server's environment; null removes.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["DATABASE_URL"] = null,
        ["AGENT_ORCHESTRATOR_TOKEN"] = null,
    };

    /// <summary>As a script starts it with <c>&amp;</c>: it ignores Ctrl-C, and would hand that on.</summary>
    public bool IsInBackground { get; init; }

    public HttpClient Client { get; }

    public Process Process => _process ?? throw new InvalidOperationException("It does not run.");

    public string Folder => _folder.FullName;

    public string DataFolder => Path.Combine(Folder, "data");

    public string ConfigFolder => Path.Combine(Folder, "config");

    /// <summary>Where the server's build put <c>ao</c>.</summary>
    public static string ToolsFolder { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "AgentOrchestrator.Server", new DirectoryInfo(AppContext.BaseDirectory).Name, "tools", "ao"));

    /// <summary>False, unless a test is about access.</summary>
    public bool HasAuthentication { get; init; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts and waits until it is ready; fails with what it printed when it ends instead.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        var process = Start();
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(process.HasExited, "the server ended: " + Output);
                return await IsReadyAsync(cancel);
            },
            "the server is ready",
            TimeSpan.FromSeconds(30),
            cancel);
    }

    /// <summary>Starts, and waits for nothing.</summary>
    public Process Start()
    {
        var start = new ProcessStartInfo(IsInBackground ? "sh" : "dotnet")
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[.. IsInBackground ? s_background : [], Path.Combine(AppContext.BaseDirectory, "AgentOrchestrator.Server.dll"),
            "--urls", $"http://127.0.0.1:{Port}", "--data", DataFolder,
            "--agents-dir", Path.Combine(Folder, "agents"), .. HasAuthentication ? Array.Empty<string>() : ["--no-auth"], .. _switches])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["XDG_CONFIG_HOME"] = ConfigFolder;
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return _process;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Client.Dispose();
        _port.Dispose();
        _folder.Delete(recursive: true);
    }

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_output)
            {
                _output.Add(line.Data);
            }
        }
    }

    async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready", cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
