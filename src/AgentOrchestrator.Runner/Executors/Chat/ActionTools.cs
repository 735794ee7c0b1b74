using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>What the server lets an agent call.</summary>
/// <param name="Faults">Tool servers whose tools are missing.</param>
sealed record ActionTools(IReadOnlyList<AIFunction> Tools, IReadOnlyList<ActionServerFault> Faults)
{
    static readonly ActionTools s_none = new([], []);

    /// <exception cref="ProductException">The server does not say.</exception>
    public static async Task<ActionTools> ReadAsync(RunServer server, RunContext run, CancellationToken cancel)
    {
        if (run.Agent is not { Name: var agent }) { return s_none; }

        try
        {
            var actions = await server.ReadActionsAsync(agent, cancel).ConfigureAwait(false);
            return new ActionTools(
                [.. actions.Actions.Where(action => action.Enabled).Select(action => new ActionTool(server, agent, action))], actions.Faults);
        }
        catch (ProductException none) when (none.Code is ErrorCode.NotFound)
        {
            // The agent was deleted meanwhile; the run keeps its revision and has no tools any more.
            return s_none;
        }
    }
}
