using AgentOrchestrator.Agents;
using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator;

/// <summary>What an agent is made of.</summary>
public sealed record AgentSettings
{
    /// <summary>A chat model of any maker; one model may serve many agents.</summary>
    public required IChatClient Model { get; init; }

    /// <summary>What was said lately, shown to the model with each message.</summary>
    /// <value>None: each message stands alone.</value>
    public BufferMemory? BufferMemory { get; init; }

    /// <summary>What was said at any time: searched for each message, and told each exchange.</summary>
    /// <value>None.</value>
    public ILongTermMemory? LongTermMemory { get; init; }

    /// <summary>What the model may call.</summary>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];

    /// <summary>Names of tools without which it does not run, such as those that it had before a restart.</summary>
    internal IReadOnlyList<string> RequiredTools { get; init; } = [];

    /// <summary>Who the agent is and what it is for.</summary>
    public string SystemMessage { get; init; } = "You are a helpful assistant. Use the tools that you have when they help.";

    /// <summary>Bounds, retries, gate, journal; its instructions and tools are replaced by those above.</summary>
    public LoopOptions Loop { get; init; } = new();
}
