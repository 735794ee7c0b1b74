using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>What surrounds the program, so that a test can be it.</summary>
sealed record Host
{
    public required Terminal Terminal { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required Func<OrchestratorClient> Connect { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Host OfProcess()
    {
        Func<string, string?> environment = System.Environment.GetEnvironmentVariable;
        return new Host { Terminal = Terminal.OfProcess(environment), Environment = environment, Connect = ConnectToServer };
    }

    static OrchestratorClient ConnectToServer()
    {
        var address = ServerAddress.Find();
        return address.LoopbackPort is { } port
            ? new OrchestratorClient(address, new LoopbackTransport(address, port))
            : new OrchestratorClient(address);
    }
}
