using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.Bench;

/// <summary>A server under measurement, in a process and a folder of its own.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    readonly ProcessStartInfo _start;
    readonly string _folder;
    Process _process;

    ServerProcess(ProcessStartInfo start, string folder, int port) => (_start, _process, _folder, Port) = (start, new Process(), folder, port);

    public int Port { get; }

    public int ProcessId => _process.Id;

    /// <summary>From the start of the process to the first 200 of <c>/health</c>.</summary>
    public TimeSpan StartTime { get; private set; }

    public static Task<ServerProcess> StartFloorAsync() =>
        StartAsync(Environment.ProcessPath!, (port, folder) => ["floor", $"{port}", folder]);

    /// <param name="environment">Beside what this process has.</param>
    public static Task<ServerProcess> StartOursAsync(string server, bool hasRunner = false, params (string Name, string Value)[] environment) => StartAsync(
        server,
        (port, folder) => ["--urls", $"http://127.0.0.1:{port}", "--data", Path.Combine(folder, "data"),
            "--agents-dir", Path.Combine(folder, "agents"), "--no-auth", .. hasRunner ? Array.Empty<string>() : ["--no-runner"]],
        environment);

    /// <summary>Resident memory now.</summary>
    public long ReadMemory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Processor time of all its threads so far.</summary>
    public TimeSpan ReadProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>The most that was resident so far, as Linux counts it.</summary>
    public long ReadPeakMemory() => File.ReadLines($"/proc/{ProcessId}/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) * 1_024).Single();

    /// <summary>kill -9, and a start on the same data.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    static async Task<ServerProcess> StartAsync(string program, Func<int, string, string[]> arguments, params (string Name, string Value)[] environment)
    {
        var folder = Directory.CreateTempSubdirectory("ao-bench-").FullName;
        var port = FreePort();
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LOG_LEVEL"] = "WARNING";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var argument in arguments(port, folder))
        {
            start.ArgumentList.Add(argument);
        }

        var server = new ServerProcess(start, folder, port);
        await server.RunAsync();
        return server;
    }

    async Task RunAsync()
    {
        var since = Stopwatch.GetTimestamp();
        _process = Process.Start(_start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is not null) { Console.Error.WriteLine(line.Data); } };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        while (!await IsHealthyAsync(Port))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"{_start.FileName} does not answer on port {Port}");
            }

            await Task.Delay(2);
        }

        StartTime = Stopwatch.GetElapsedTime(since);
    }

    async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    static async Task<bool> IsHealthyAsync(int port)
    {
        try
        {
            using var connection = new LeanConnection(port);
            var (status, _) = await connection.SendAsync(LeanConnection.Request(port, "GET", "/health"));
            return status == 200;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (IOException)
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
