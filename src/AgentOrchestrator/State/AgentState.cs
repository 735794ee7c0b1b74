using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.State;

/// <summary>What a state file keeps of an agent.</summary>
public sealed record AgentState
{
    /// <summary>Who serves the model, as its client says; null when it does not, or the file has only names.</summary>
    public string? Provider { get; init; }

    /// <summary>The provider's name of the model; null when its client does not say.</summary>
    public string? Model { get; init; }

    /// <summary>Who the agent is and what it is for; null when the file has only names.</summary>
    public string? SystemMessage { get; init; }

    /// <summary>The names of its tools.</summary>
    public IReadOnlyList<string> Tools { get; init => field = value ?? []; } = [];

    /// <summary>What was said lately; null when the agent keeps nothing.</summary>
    public BufferState? Buffer { get; init; }

    /// <summary>Of a file that has only names.</summary>
    [JsonIgnore]
    internal bool IsBare => SystemMessage is null;

    internal static AgentState Of(Agent agent)
    {
        var model = agent.Model.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata;
        return new AgentState
        {
            Provider = model?.ProviderName,
            Model = model?.DefaultModelId,
            SystemMessage = agent.SystemMessage,
            Tools = [.. agent.OwnTools.Select(tool => tool.Name).Union(agent.RequiredTools)],
            Buffer = agent.BufferMemory is { } buffer ? BufferState.Of(buffer) : null,
        };
    }
}
