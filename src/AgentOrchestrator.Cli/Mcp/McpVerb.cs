using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Sessions;
using AgentOrchestrator.Mcp;
using AgentOrchestrator.Protocol.Client;
using ModelContextProtocol.Server;

namespace AgentOrchestrator.Cli.Mcp;

static class McpVerb
{
    const string DemandsVariable = "ADDITIONAL_DEMANDS";

    public static readonly Verb Verb = new("mcp", "Be an MCP server on standard input and output, for programs that start agents by tools", RunAsync)
    {
        Remarks = "Ends with its input. Inside a run, what it starts are children of that run's session, and callbacks go there. The server itself\n"
            + "offers the same tools under /mcp.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        // Calls may come side by side, which the client for single commands does not bear.
        using var client = new OrchestratorClient(call.Client.Address);
        using var gone = new CancellationTokenSource();
        await using var input = new EndNotingStream(Console.OpenStandardInput(), gone);
        await using var transport = new StreamServerTransport(input, Console.OpenStandardOutput(), McpDoor.Name);
        await using var server = McpServer.Create(transport, McpDoor.For(CallerOf(call, client, gone.Token)));
        await server.RunAsync();
        return Ao.ExitOk;
    }

    static McpCaller CallerOf(Invocation call, OrchestratorClient client, CancellationToken gone)
    {
        var parent = Parent.Find(call.Host.Environment);
        return new McpCaller(client)
        {
            Session = parent?.Id ?? parent?.Name,
            Tags = McpCaller.Given(call.Host.Environment("AGENT_TAGS")),
            Demands = McpCaller.ReadDemands(call.Host.Environment(DemandsVariable), DemandsVariable),
            ProjectDir = McpCaller.Given(call.Host.Environment("AGENT_ORCHESTRATOR_PROJECT_DIR")) ?? Directory.GetCurrentDirectory(),
            Gone = gone,
        };
    }
}
