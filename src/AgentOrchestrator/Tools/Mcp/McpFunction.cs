using System.Text.Json;
using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>A tool of an MCP server, for a model.</summary>
sealed class McpFunction(McpToolServer server, ToolDefinition definition, string name, bool isIdempotent) : AIFunction
{
    static readonly Dictionary<string, object?> s_none = [];
    static readonly Dictionary<string, object?> s_idempotent = new() { [ToolFlags.Idempotent] = true };

    public override string Name => name;

    public override string Description => definition.Description;

    public override JsonElement JsonSchema => definition.Schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => isIdempotent ? s_idempotent : s_none;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = ToolArguments.ToJson(arguments);
        if (ArgumentCheck.Fault(definition.Schema, given) is { } fault) { throw new ToolException($"{name}: {fault}"); }

        var values = given.ToDictionary(member => member.Key, member => (object?)JsonElement.Parse(member.Value?.ToJsonString() ?? "null"));
        return await server.CallAsync(definition.Name, values, ToolProgress.Of(arguments), cancellationToken).ConfigureAwait(false);
    }
}
