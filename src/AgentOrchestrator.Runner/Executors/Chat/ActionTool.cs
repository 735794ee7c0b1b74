using System.Text.Json;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Tools;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>A tool that the server has for an agent, and calls for it.</summary>
sealed class ActionTool(RunServer server, string agent, ActionView action) : AIFunction
{
    readonly Dictionary<string, object?> _properties = new() { [ToolFlags.Idempotent] = action.Idempotent };

    public override string Name => action.Id;

    public override string Description => action.Description.Length == 0 ? action.Name : action.Description;

    public override JsonElement JsonSchema => action.InputSchema;

    public override JsonElement? ReturnJsonSchema => action.ResponseSchema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _properties;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var call = new ExecuteAction { ActionId = action.Id, Parameters = ToolCall.Of(arguments)!.Input };
        try
        {
            return ResultOf(await server.ExecuteAsync(agent, call, action.Idempotent, cancellationToken).ConfigureAwait(false));
        }
        catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout)
        {
            throw new ToolException($"'{action.Id}': {away.Message}. Whether the call took effect is not known.", away);
        }
        catch (ProductException refusal)
        {
            throw new ToolException(refusal.Message, refusal);
        }
    }

    /// <summary>A stranger's text is put where it cannot pass for anybody else's.</summary>
    static JsonElement? ResultOf(ActionResult result) => result switch
    {
        { Error: { } error, Untrusted: true } => throw new ToolException($"{ForeignResult.Words} {JsonSerializer.Serialize(error, ChatJson.Plain.String)}"),
        { Error: { } error } => throw new ToolException(error),
        { Untrusted: true } => JsonSerializer.SerializeToElement(new ForeignResult(ForeignResult.Words, result.Server, result.Result), ChatJson.Plain.ForeignResult),
        _ => result.Result,
    };
}
