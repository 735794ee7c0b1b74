using System.Diagnostics;
using System.Net.Sockets;
using AgentOrchestrator.ServerTests;
using AgentOrchestrator.ServerTests.Mcp;
using AgentOrchestrator.Tools.Servers;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Mcp;

/// <summary>How the reference server with everything is spoken to.</summary>
public enum Transport
{
    Stdio,
    Http,
    Sse,
}

/// <summary>The protocol's reference server with everything. It can be killed, and comes again at the same place.</summary>
sealed class ReferenceServer : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly FreePort _port = new();
    readonly Transport _transport;
    readonly string _program;
    Process? _process;

    ReferenceServer(Transport transport)
    {
        _transport = transport;
        _program = NpmProgram.Find("mcp-server-everything");
    }

    public ToolServerConfig Config => _transport == Transport.Stdio
        ? new()
        {
            Key = "everything",
            Kind = ToolServerKind.Stdio,
            Command = "/bin/sh",
            Arguments = ["-c", """echo "$$" >> "$PIDS"; exec "$0" stdio""", _program],
            Environment = new Dictionary<string, string> { ["PIDS"] = _folder.In("pids"), ["GREETING"] = "hello" },
        }
        : new()
        {
            Key = "everything",
            Kind = _transport == Transport.Sse ? ToolServerKind.Sse : ToolServerKind.Mcp,
            Url = new Uri($"http://127.0.0.1:{_port.Number}/{(_transport == Transport.Sse ? "sse" : "mcp")}"),
        };

    public static async Task<ReferenceServer> StartAsync(Transport transport)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the reference servers are started by a shell here, and their ports are held as Linux allows");
        var server = new ReferenceServer(transport);
        await server.ComeAgainAsync();
        return server;
    }

    /// <summary>Over stdio it is the client that starts the program.</summary>
    public async Task ComeAgainAsync()
    {
        if (_transport == Transport.Stdio) { return; }

        var start = new ProcessStartInfo(_program, [_transport == Transport.Sse ? "sse" : "streamableHttp"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PORT"] = _port.Number.ToString(), ["GREETING"] = "hello" },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(AnswersAsync, "the reference server listens");
    }

    public async Task KillAsync()
    {
        if (_transport == Transport.Stdio)
        {
            using var program = Process.GetProcessById(int.Parse(File.ReadLines(_folder.In("pids")).Last()));
            program.Kill();
            return;
        }

        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) { await KillAsync(); }
        _port.Dispose();
        _folder.Dispose();
    }

    async Task<bool> AnswersAsync()
    {
        Assert.False(_process!.HasExited, "the reference server ended at its start");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _port.Number, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
