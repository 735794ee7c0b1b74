using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.ServerTests;

/// <summary>A loopback port for a server to be started later, held so that nobody is given it meanwhile.</summary>
/// <remarks>Bound and not listening: connections to it are refused, a server that names it may listen there, and the kernel chooses it for nothing else.</remarks>
sealed class FreePort : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public FreePort()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Number = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public int Number { get; }

    public void Dispose() => _socket.Dispose();
}
