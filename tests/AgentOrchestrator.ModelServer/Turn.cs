using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

/// <summary>One answer of the model: its text, its tool calls, and how it ends.</summary>
public sealed record Turn
{
    public string Text { get; init; } = "";
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];
    public Ending Ending { get; init; }
    public int FailStatus { get; init; }
    public string FailMessage { get; init; } = "";
}

public enum Ending { Complete, Hang, Cut, Fail }

public sealed record ToolCall(string Name, JsonObject Input);

public sealed record Usage(int Input, int Output);
