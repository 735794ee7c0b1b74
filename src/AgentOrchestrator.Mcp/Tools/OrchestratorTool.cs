using System.Text.Json;
using AgentOrchestrator.Protocol.Schemas;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>One tool: what a client is shown of it, and what a call of it does.</summary>
sealed class OrchestratorTool
{
    readonly Lazy<JsonSchema> _schema;

    public OrchestratorTool(Tool shown, Func<ToolCall, Task<ToolAnswer>> run)
    {
        (Shown, Run) = (shown, run);
        _schema = new Lazy<JsonSchema>(() => JsonSchema.Read(shown.InputSchema));
    }

    public OrchestratorTool(string name, string description, string input, string output, ToolAnnotations hints, Func<ToolCall, Task<ToolAnswer>> run)
        : this(
            new Tool { Name = name, Description = description, InputSchema = Parse(input), OutputSchema = Parse(output), Annotations = hints },
            run)
    {
    }

    public string Name => Shown.Name;

    public Tool Shown { get; }

    public Func<ToolCall, Task<ToolAnswer>> Run { get; }

    /// <summary>What is wrong with the arguments; null when they fit.</summary>
    public SchemaFault? FaultOf(ToolArguments arguments) => _schema.Value.Check(arguments.Json);

    public static JsonElement Parse(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        return document.RootElement.Clone();
    }
}
