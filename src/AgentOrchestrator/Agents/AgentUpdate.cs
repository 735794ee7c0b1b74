using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Something that happened in a run, in the order in which it happened.</summary>
public abstract record AgentUpdate
{
    AgentUpdate()
    {
    }

    /// <summary>A piece of the answer, as the model writes it.</summary>
    public sealed record Text(string Delta) : AgentUpdate;

    /// <summary>A piece of what the model thinks, where it shows that.</summary>
    public sealed record Thinking(string Delta) : AgentUpdate;

    /// <summary>The model has answered; the journal has it.</summary>
    /// <param name="Turn">The number of the model call in this run, from 0.</param>
    /// <param name="IsWhole">False for what a stopped or failed call had said until then; the run then ends.</param>
    public sealed record Said(int Turn, ChatResponse Answer, bool IsWhole) : AgentUpdate
    {
        /// <summary>What the model said beside its tool calls.</summary>
        public string Words { get; } = string.Concat(Answer.Messages.Select(message => message.Text));
    }

    /// <summary>A tool call begins. Those of one answer begin in the order in which the model asked.</summary>
    public sealed record Calling(ToolCall Call) : AgentUpdate;

    /// <summary>A tool call has ended; the journal has the answer.</summary>
    public sealed record Called(ToolCall Call, ToolAnswer Answer) : AgentUpdate;

    /// <summary>The provider is waited for, then asked again.</summary>
    /// <param name="Attempt">How often it has been asked, this time included.</param>
    public sealed record Waiting(int Attempt, TimeSpan Wait, ModelException Reason) : AgentUpdate;

    /// <summary>The conversation was too long for the model and was made shorter.</summary>
    public sealed record Shortened(ContextChange Change) : AgentUpdate;

    /// <summary>The last update of every run.</summary>
    public sealed record Ended(AgentEnd End) : AgentUpdate;
}
