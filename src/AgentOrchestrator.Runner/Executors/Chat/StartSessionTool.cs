using System.Text.Json;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Tools;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>The tool of scripted agents, by which a demonstration starts other agents. The server knows its calls by name and does none twice.</summary>
sealed class StartSessionTool(RunServer server, RunView run) : AIFunction
{
    // Without "required": the tool says itself what it needs.
    static readonly JsonElement s_schema = JsonElement.Parse("""
        {
          "type": "object",
          "properties": {
            "agent_name": { "description": "Which agent" },
            "prompt": { "description": "What it is told" },
            "session_name": { "description": "The name of its session; made up when missing" }
          }
        }
        """);

    static readonly Dictionary<string, object?> s_properties = new() { [ToolFlags.Idempotent] = true };

    public override string Name => "start_session";

    public override string Description => "Starts another agent as a child of this session. Its result comes back as a message to this session.";

    public override JsonElement JsonSchema => s_schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => s_properties;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var call = ToolCall.Of(arguments)!;
        if (Text(call.Input, "agent_name") is not { } agent || Text(call.Input, "prompt") is not { } prompt)
        {
            throw new ToolException("start_session needs agent_name and prompt, both texts.");
        }

        try
        {
            var child = new CreateRun
            {
                Type = RunType.StartSession,
                AgentName = agent,
                Prompt = prompt,
                SessionName = Text(call.Input, "session_name"),
                ParentSessionId = run.SessionId,
                ExecutionMode = ExecutionMode.AsyncCallback,
                ProjectDir = run.ProjectDir,
            };
            var created = await server.CreateRunAsync(child, $"{run.RunId}-{call.Id}", cancellationToken).ConfigureAwait(false);
            return JsonSerializer.SerializeToElement(created, ProtocolJson.Default.RunCreated);
        }
        catch (ProductException refusal)
        {
            throw new ToolException(refusal.Message, refusal);
        }
    }

    static string? Text(JsonElement input, string member) =>
        input.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
