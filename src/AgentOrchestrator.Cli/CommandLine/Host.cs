using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Runner.Keeper;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>What surrounds the program, so that a test can be it.</summary>
sealed record Host
{
    public required Terminal Terminal { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required Func<OrchestratorClient> Connect { get; init; }

    /// <summary>To where documents are.</summary>
    public required Func<OrchestratorClient> ConnectToDocuments { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Says that this program can be a keeper, where it can.</summary>
    public Action OfferKeeper { get; init; } = () => { };

    public static Host OfProcess()
    {
        Func<string, string?> environment = System.Environment.GetEnvironmentVariable;
        return new Host
        {
            Terminal = Terminal.OfProcess(environment),
            Environment = environment,
            Connect = () => ConnectTo(ServerAddress.Find()),
            ConnectToDocuments = () => ConnectTo(ServerAddress.FindDocuments(environment, ServersFile.OfUser())),
            // Not the method itself: that would load the runner for every verb.
            OfferKeeper = () => KeeperMode.Offer(),
        };
    }

    static OrchestratorClient ConnectTo(ServerAddress address) => address.LoopbackPort is { } port
        ? new OrchestratorClient(address, new LoopbackTransport(address, port))
        : new OrchestratorClient(address);
}
