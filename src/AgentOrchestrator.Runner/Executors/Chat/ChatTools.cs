using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <param name="Id">The provider's id of the call, unique within the conversation.</param>
sealed record ToolUse(string Id, string Name, JsonElement Input);

/// <summary>Either an output or an error.</summary>
sealed record ToolAnswer(JsonElement? Output, string? Error)
{
    /// <summary>What the model reads.</summary>
    public string Text => Error ?? Output?.GetRawText() ?? "";
}

/// <summary>The tool of scripted agents, by which a demonstration starts other agents.</summary>
sealed class ChatTools(RunServer server, RunView run)
{
    public const string StartSession = "start_session";

    static readonly AIFunctionDeclaration s_startSession = AIFunctionFactory.CreateDeclaration(
        StartSession,
        "Starts another agent as a child of this session. Its result comes back as a message to this session.",
        JsonElement.Parse("""
            {
              "type": "object",
              "properties": {
                "agent_name": { "type": "string" },
                "prompt": { "type": "string" },
                "session_name": { "type": "string" }
              },
              "required": ["agent_name", "prompt"]
            }
            """));

    public static IList<AITool> All { get; } = [s_startSession];

    public async Task<ToolAnswer> CallAsync(ToolUse use, CancellationToken cancel)
    {
        if (use.Name != StartSession) { return Wrong($"There is no tool '{use.Name}'; there is: {StartSession}."); }
        if (Text(use.Input, "agent_name") is not { } agent || Text(use.Input, "prompt") is not { } prompt)
        {
            return Wrong("start_session needs agent_name and prompt, both texts.");
        }

        try
        {
            var child = new CreateRun
            {
                Type = RunType.StartSession,
                AgentName = agent,
                Prompt = prompt,
                SessionName = Text(use.Input, "session_name"),
                ParentSessionId = run.SessionId,
                ExecutionMode = ExecutionMode.AsyncCallback,
                ProjectDir = run.ProjectDir,
            };
            var created = await server.CreateRunAsync(child, $"{run.RunId}-{use.Id}", cancel).ConfigureAwait(false);
            return new ToolAnswer(JsonSerializer.SerializeToElement(created, ProtocolJson.Default.RunCreated), null);
        }
        catch (ProductException refusal)
        {
            return Wrong(refusal.Message);
        }
    }

    static ToolAnswer Wrong(string error) => new(null, error);

    static string? Text(JsonElement input, string member) =>
        input.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
