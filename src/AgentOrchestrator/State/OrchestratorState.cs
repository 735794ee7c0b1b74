using System.Text.Json.Serialization;

namespace AgentOrchestrator.State;

/// <summary>A state file. Its first form had names and the default alone; members that are missing are read as null.</summary>
sealed record OrchestratorState
{
    public const int CurrentVersion = 1;

    public int Version { get; init; }
    public IReadOnlyList<string> Agents { get; init => field = value ?? []; } = [];
    public string? DefaultAgent { get; init; }
    public IReadOnlyDictionary<string, AgentState> Specs { get; init => field = value ?? new Dictionary<string, AgentState>(); } = new Dictionary<string, AgentState>();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(OrchestratorState))]
sealed partial class StateJson : JsonSerializerContext;
