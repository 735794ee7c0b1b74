using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>One of <see cref="FileTools"/>. Each does no harm when it is called again: a file is written whole.</summary>
sealed class FileTool(string name, string description, string schema, bool isHarmless, Func<JsonObject, CancellationToken, string> act) : AIFunction
{
    readonly JsonElement _schema = JsonElement.Parse(schema);
    readonly Dictionary<string, object?> _flags = new() { [ToolFlags.Idempotent] = true, [ToolFlags.Harmless] = isHarmless };

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => _schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _flags;

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = ToolArguments.ToJson(arguments);
        return ArgumentCheck.Fault(_schema, given) is { } fault ? throw new ToolException($"{Name}: {fault}") : new ValueTask<object?>(act(given, cancellationToken));
    }
}
