using System.Text.Json;
using AgentOrchestrator.Agents;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>One line of a journal: a call that begins, or what came of it.</summary>
sealed record JournalLine
{
    /// <summary>Of a model call: its number in the run.</summary>
    public int? Turn { get; init; }

    /// <summary>The model's whole answer; null where the call begins.</summary>
    public JsonElement? Answer { get; init; }

    /// <summary>Of a tool call: its name within the run.</summary>
    public string? Call { get; init; }

    /// <summary>What came of the tool; null where the call begins.</summary>
    public ToolAnswer? Result { get; init; }
}
