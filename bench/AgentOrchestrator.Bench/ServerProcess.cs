using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.Bench;

/// <summary>A server under measurement, in a process and a folder of its own.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    readonly Process _process;
    readonly string _folder;

    ServerProcess(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    public int ProcessId => _process.Id;

    /// <summary>From the start of the process to the first 200 of <c>/health</c>.</summary>
    public TimeSpan StartTime { get; private init; }

    public static Task<ServerProcess> StartFloorAsync() =>
        StartAsync(Environment.ProcessPath!, (port, folder) => ["floor", $"{port}", folder]);

    public static Task<ServerProcess> StartOursAsync(string server, bool hasRunner = false) => StartAsync(
        server,
        (port, folder) => ["--urls", $"http://127.0.0.1:{port}", "--data", Path.Combine(folder, "data"),
            "--agents-dir", Path.Combine(folder, "agents"), "--no-auth", .. hasRunner ? Array.Empty<string>() : ["--no-runner"]]);

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

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static async Task<ServerProcess> StartAsync(string program, Func<int, string, string[]> arguments)
    {
        var folder = Directory.CreateTempSubdirectory("ao-bench-").FullName;
        var port = FreePort();
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LOG_LEVEL"] = "WARNING";
        foreach (var argument in arguments(port, folder))
        {
            start.ArgumentList.Add(argument);
        }

        var since = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) { Console.Error.WriteLine(line.Data); } };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!await IsHealthyAsync(port))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"{program} does not answer on port {port}");
            }

            await Task.Delay(2);
        }

        return new ServerProcess(process, folder, port) { StartTime = Stopwatch.GetElapsedTime(since) };
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
