using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>How a loop works. Every member has a default.</summary>
public sealed record LoopOptions
{
    /// <summary>What the model is told first, the system message.</summary>
    /// <value>None.</value>
    public string? Instructions { get; init; }

    /// <summary>What the model may call.</summary>
    /// <value>None.</value>
    public IReadOnlyList<AIFunction> Tools { get; init; } = [];

    /// <summary>Further settings of each model call, such as the temperature; its instructions and tools are replaced by those above.</summary>
    public ChatOptions? Chat { get; init; }

    /// <summary>The bounds of one run.</summary>
    public LoopLimits Limits { get; init; } = new();

    /// <summary>How failures of the provider that pass by themselves are waited out.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>What is done when the conversation becomes too long for the model.</summary>
    /// <value>Nothing.</value>
    public IContextPolicy? Context { get; init; }

    /// <summary>Who is asked before each tool call.</summary>
    /// <value>Nobody; every call is allowed.</value>
    public IToolGate? Gate { get; init; }

    /// <summary>Makes what one run remembers of its calls; called once at the beginning of each run.</summary>
    /// <value>A new <see cref="InMemoryJournal"/> for each run.</value>
    public Func<IRunJournal> Journal { get; init; } = () => new InMemoryJournal();

    /// <summary>What a token costs, so that runs know their cost.</summary>
    /// <value>Unknown.</value>
    public TokenPrice? Price { get; init; }

    /// <summary>The clock of waits and bounds.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
