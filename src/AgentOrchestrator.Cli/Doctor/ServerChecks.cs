using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Serving;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Cli.Doctor;

/// <summary>Whether a server is there, keeps its data, lets us in and has somebody who works.</summary>
static class ServerChecks
{
    public static async Task<IReadOnlyList<Check>> LookAsync(Invocation call)
    {
        var client = call.Client;
        try
        {
            var health = await client.GetHealthAsync();
            List<Check> checks =
            [
                new("server", true, true, $"{client.Address.Url} answers"),
                health.DbConnected
                    ? new("database", true, true, "takes writes")
                    : new("database", false, true, "does not take writes", "see the server's log; check the disk or DATABASE_URL"),
                await LookAtTokenAsync(client),
            ];
            if (checks[^1].Ok)
            {
                checks.Add(await LookAtRunnersAsync(client));
            }

            return checks;
        }
        catch (ProductException e)
        {
            return
            [
                e.Reason is "unreachable"
                    ? new("server", false, true, $"nothing answers at {client.Address.Url}", "start one with 'ao up', or set AGENT_ORCHESTRATOR_API_URL to where it is")
                    : new("server", false, true, e.Message),
                .. client.Address.LoopbackPort is { } port ? LookAtThisMachine(call, port) : [],
            ];
        }
    }

    static async Task<Check> LookAtTokenAsync(OrchestratorClient client)
    {
        try
        {
            await client.Sessions.ListAsync(limit: 1);
            return new("token", true, true, client.Address.Source is TokenSource.None ? "none is needed" : "is accepted");
        }
        catch (ProductException e) when (e.Code is ErrorCode.Unauthenticated)
        {
            return new("token", false, true, e.Message, "'ao token' says which one is used and where it was found; set AGENT_ORCHESTRATOR_TOKEN to a valid one");
        }
        catch (ProductException e) when (e.Code is ErrorCode.Forbidden)
        {
            return new("token", true, true, $"is accepted, for part of the routes: {e.Message}");
        }
    }

    static async Task<Check> LookAtRunnersAsync(OrchestratorClient client)
    {
        try
        {
            var online = (await client.Runners.ListAsync()).Runners.Where(runner => runner.Status is "online").ToList();
            var executors = online.SelectMany(runner => runner.Executors).Distinct().Order();
            return online.Count > 0
                ? new("runner", true, true, $"{online.Count} online, for {string.Join(", ", executors)}")
                : new("runner", false, true, "none is online: runs would wait", "start one with 'ao runner', or the server without --no-runner");
        }
        catch (ProductException e) when (e.Code is ErrorCode.Forbidden)
        {
            return new("runner", true, false, "cannot be seen with this token");
        }
    }

    static IEnumerable<Check> LookAtThisMachine(Invocation call, int port)
    {
        yield return IsFree(port)
            ? new("port", true, false, $"{port} is free for 'ao up'")
            : new("port", false, false, $"{port} is taken by something that is not an agent orchestrator", $"end it, or start with 'ao up --urls http://127.0.0.1:{port + 1}'");

        Check program;
        try
        {
            program = new("program", true, false, $"'ao up' starts {ServerExecutable.Find(call.Host.Environment)}");
        }
        catch (ProductException e)
        {
            program = new("program", false, false, "'ao up' finds no server to start", e.Message);
        }

        yield return program;
    }

    static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
