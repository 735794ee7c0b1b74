using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Gateway;

/// <summary>A tool behind a gateway, for a model.</summary>
sealed class GatewayFunction(GatewayServer gateway, GatewayTool tool, string name) : AIFunction
{
    public override string Name => name;

    public override string Description => tool.Description;

    public override JsonElement JsonSchema => tool.Schema;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = ToolArguments.ToJson(arguments);
        if (ArgumentCheck.Fault(tool.Schema, given) is { } fault) { throw new ToolException($"{name}: {fault}"); }

        return await gateway.CallAsync(tool, name, given, ToolCaller.Of(arguments), cancellationToken).ConfigureAwait(false);
    }
}
