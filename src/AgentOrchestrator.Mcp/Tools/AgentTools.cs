using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Agents;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Tools about agents, and agents as tools of their own.</summary>
static class AgentTools
{
    /// <summary>An agent with this tag is a tool of its own, under its own name.</summary>
    public const string PublishedTag = "mcp-tool";

    public static OrchestratorTool List { get; } = new(
        "list_agent_blueprints",
        "Lists the agents that can be started, with what each is for.",
        $$$"""
        {"type":"object","properties":{
        "tags":{"type":"string","description":"Comma-separated; only agents that have all of these tags."},
        {{{Schemas.ListFormat}}}
        },"additionalProperties":false}
        """,
        """{"type":"object","properties":{"result":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"description":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}},"error":{"type":"string"},"code":{"type":"string"}}}""",
        new ToolAnnotations { ReadOnlyHint = true },
        ListAsync);

    /// <summary>The agents that the caller may see and start.</summary>
    public static async Task<IEnumerable<AgentView>> FindAsync(McpCaller caller, CancellationToken cancel) =>
        (await caller.Client.Agents.ListAsync(caller.Tags, cancel).ConfigureAwait(false)).Where(agent => agent is { Status: "active", State: not "failed" });

    public static bool IsPublished(AgentView agent) => agent.Tags.Contains(PublishedTag, StringComparer.Ordinal);

    /// <remarks>An agent that takes JSON of a shape of its own takes the arguments as they are; any other takes a prompt.</remarks>
    public static OrchestratorTool Publish(AgentView agent)
    {
        var takesJson = agent.InputSchema is { ValueKind: JsonValueKind.Object } schema
            && schema.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("object");
        return new OrchestratorTool(
            new Tool
            {
                Name = agent.Name,
                Description = $"{agent.Description} (An agent: a call is a session of its own.)",
                InputSchema = takesJson ? agent.InputSchema!.Value : s_prompt,
                Annotations = new ToolAnnotations { ReadOnlyHint = false, OpenWorldHint = true },
            },
            takesJson
                ? call => RunTools.StartAsync(call with { Arguments = ToolArguments.Read(null) }, agent.Name, call.Arguments.Json.GetRawText())
                : call => RunTools.StartAsync(call, agent.Name, call.Arguments.Text("prompt")!));
    }

    static readonly JsonElement s_prompt = OrchestratorTool.Parse(
        $$$"""
        {"type":"object","properties":{
        "prompt":{"type":"string","minLength":1,"description":"What the agent is to do."},
        "session_name":{"type":"string","description":"What the new session is called; its id when left out."},
        "project_dir":{"type":"string","description":"The folder to work in."},
        {{{Schemas.Waiting}}}
        },"required":["prompt"],"additionalProperties":false}
        """);

    static async Task<ToolAnswer> ListAsync(ToolCall call)
    {
        var wanted = call.Arguments.Text("tags")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        var agents = (await FindAsync(call.Caller, call.Cancel).ConfigureAwait(false))
            .Where(agent => wanted.All(agent.Tags.Contains))
            .Select(agent => new AgentShown(agent.Name, agent.Description, agent.Tags))
            .ToList();
        var text = call.Arguments.Text("response_format") switch
        {
            "markdown" => Markdown(agents),
            "json" => JsonSerializer.Serialize(new AgentsListed(agents.Count, agents), McpJson.Readable.AgentsListed),
            _ => null,
        };
        return ToolAnswer.Of(new AgentsShown(agents), McpJson.Readable.AgentsShown, text);
    }

    static string Markdown(List<AgentShown> agents)
    {
        var text = new StringBuilder("# Available Agent Blueprints\n\n").Append(CultureInfo.InvariantCulture, $"Found {agents.Count} agent blueprint(s)\n");
        foreach (var agent in agents)
        {
            text.Append($"\n## {agent.Name}\n{agent.Description}\n");
        }

        return text.ToString();
    }
}
