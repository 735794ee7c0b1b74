using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class ServerAbsenceTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sign_that_was_seen_and_is_gone_shows_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract sockets are for Linux");
        var (absence, server) = Noted();
        using (var sign = Show(server))
        {
            await absence.NoteAsync(server, Cancel);
            Assert.False(await absence.IsShownAsync(s_patience, Cancel));
        }

        Assert.True(await absence.IsShownAsync(s_patience, Cancel));
        using var again = Show(server);
        Assert.False(await absence.IsShownAsync(s_patience, Cancel));
    }

    [Fact]
    public async Task A_sign_that_was_never_seen_is_on_another_host_and_shows_nothing()
    {
        var (absence, server) = Noted();
        await absence.NoteAsync(server, Cancel);

        Assert.False(await absence.IsShownAsync(s_patience, Cancel));
    }

    [Fact]
    public async Task A_server_that_is_not_alone_with_its_data_shows_nothing()
    {
        using var closed = Bound();
        var (absence, server) = Noted($"http://127.0.0.1:{PortOf(closed)}", takesRefused: true);
        await absence.NoteAsync(server with { SoleServer = null }, Cancel);

        Assert.False(await absence.IsShownAsync(s_patience, Cancel));
    }

    [Fact]
    public async Task A_refused_connection_shows_it_where_that_was_promised()
    {
        using var server = Bound();
        var (promised, registered) = Noted($"http://127.0.0.1:{PortOf(server)}", takesRefused: true);
        var (unpromised, _) = Noted($"http://127.0.0.1:{PortOf(server)}");
        await promised.NoteAsync(registered, Cancel);
        await unpromised.NoteAsync(registered, Cancel);

        Assert.True(await promised.IsShownAsync(s_patience, Cancel));
        Assert.False(await unpromised.IsShownAsync(s_patience, Cancel));
        server.Listen();
        Assert.False(await promised.IsShownAsync(s_patience, Cancel));
    }

    [Fact]
    public async Task Silence_and_a_name_that_is_not_known_show_nothing()
    {
        using var deaf = Bound();
        deaf.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Its queue is full then: on Linux further connections are left without an answer.
        await first.ConnectAsync(deaf.LocalEndPoint!, Cancel);
        foreach (var url in new[] { $"http://127.0.0.1:{PortOf(deaf)}", "http://no-such-host.invalid:8765" })
        {
            var (absence, server) = Noted(url, takesRefused: true);
            await absence.NoteAsync(server, Cancel);
            Assert.False(await absence.IsShownAsync(TimeSpan.FromMilliseconds(300), Cancel));
        }
    }

    static (ServerAbsence Absence, RunnerRegistered Server) Noted(string url = "http://127.0.0.1:1", bool takesRefused = false)
    {
        var options = new RunnerOptions { Server = new Uri(url), StateDirectory = "/none", ProjectDirectory = "/none", TakesRefusedForDown = takesRefused };
        var server = new RunnerRegistered
        {
            RunnerId = "r",
            PollEndpoint = "/",
            PollTimeoutSeconds = 1,
            HeartbeatIntervalSeconds = 1,
            LeaseSeconds = 1,
            SoleServer = $"test-{Guid.NewGuid():N}",
        };
        return (new ServerAbsence(options), server);
    }

    static Socket Show(RunnerRegistered server)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint("\0" + server.SoleServer));
        socket.Listen(10);
        return socket;
    }

    /// <summary>Not listening, so it refuses, and nobody else can take the port meanwhile.</summary>
    static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
