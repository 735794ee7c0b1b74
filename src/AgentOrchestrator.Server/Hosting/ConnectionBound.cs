using System.Net;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using Microsoft.AspNetCore.Connections;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Counts connections, all of them and by address, and tells those over the bound why before it closes them.</summary>
sealed class ConnectionBound(ServerOptions options)
{
    /// <summary>How many may be told at the same time; the next are closed without a word.</summary>
    public const int MaxRefused = 64;

    static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly Dictionary<IPAddress, int> _byAddress = [];
    int _all;

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var address = NetworkAddress.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (Enter(address) is { } refusal)
        {
            await RefuseAsync(connection, refusal);
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(address);
        }
    }

    string? Enter(IPAddress address)
    {
        lock (_lock)
        {
            if (_all >= options.MaxConnections)
            {
                return $"{options.MaxConnections} connections are open already; close some, or raise MAX_CONNECTIONS";
            }

            var own = _byAddress.GetValueOrDefault(address);
            if (own >= options.MaxConnectionsPerAddress)
            {
                return $"{options.MaxConnectionsPerAddress} connections from this address are open already; close some, or raise MAX_CONNECTIONS_PER_ADDRESS";
            }

            _all++;
            _byAddress[address] = own + 1;
            return null;
        }
    }

    void Leave(IPAddress address)
    {
        lock (_lock)
        {
            _all--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }

    /// <summary>Answers and reads off what comes, for a moment: a connection that is closed with bytes unread takes the answer with it.</summary>
    static async Task RefuseAsync(ConnectionContext connection, string why)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(s_farewell);
        try
        {
            await connection.Transport.Output.WriteAsync(AnswerOf(why), limit.Token);
            await connection.Transport.Output.CompleteAsync();
            while (await connection.Transport.Input.ReadAsync(limit.Token) is { IsCompleted: false } read)
            {
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // It does not read, or left: closing is all that remains.
        }
    }

    static byte[] AnswerOf(string why)
    {
        const int Status = StatusCodes.Status503ServiceUnavailable;
        var problem = new Problem
        {
            Type = "about:blank",
            Title = "Service Unavailable",
            Status = Status,
            Detail = why,
            Code = "connection_limit",
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, CompactJson.Default.Problem);
        return
        [
            .. Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {Status} Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: {body.Length}\r\n"
                + "Retry-After: 1\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"),
            .. body,
        ];
    }
}
