using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>An action as a tool of a model.</summary>
sealed class ActionFunction(ToolAction action, Uri server, string? token, TimeSpan? timeout, OutboundClient client) : AIFunction
{
    const int ServersFault = 500;

    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    readonly JsonElement _schema = SchemaOf(action);

    public ToolAction Action => action;

    public override string Name => action.Id;

    public override string Description => action.Description.Length == 0 ? action.Name : $"{action.Name}\n{action.Description}";

    public override JsonElement JsonSchema => _schema;

    public override JsonElement? ReturnJsonSchema => action.ResponseSchema;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = ToolArguments.ToJson(arguments);
        if (ArgumentCheck.Fault(_schema, given) is { } fault) { throw new ToolException($"{action.Id}: {fault}"); }

        using var request = ActionRequest.Of(action, server, token, given);
        var answer = await client.SendAsync(request, timeout ?? s_timeout, cancellationToken).ConfigureAwait(false);
        var outcome = ActionOutcome.Of(answer);
        return outcome.Error is { } error ? throw new ToolException(error) { IsServersFault = answer.Status >= ServersFault } : outcome.Result;
    }

    static JsonElement SchemaOf(ToolAction action)
    {
        var properties = new JsonObject();
        foreach (var parameter in action.Parameters) { properties[parameter.Name] = SchemaOf(parameter); }
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. action.Parameters.Where(p => p.Required).Select(p => (JsonNode)p.Name)]),
        };
        return JsonElement.Parse(schema.ToJsonString());
    }

    static JsonObject SchemaOf(ActionParameter parameter)
    {
        var schema = parameter.Schema is { } said ? JsonObject.Create(said)! : new JsonObject { ["type"] = parameter.Type };
        schema = (JsonObject)schema.DeepClone();
        if (parameter.Description.Length > 0) { schema["description"] = parameter.Description; }
        return schema;
    }
}
