using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Calls a model, runs the tools that it asks for, tells it their results, and so on until it has answered without asking for one.</summary>
/// <remarks>It keeps nothing between runs, so that one loop serves any number of conversations at the same time.</remarks>
public sealed class AgentLoop
{
    readonly IChatClient _model;
    readonly LoopOptions _options;

    /// <param name="model">A chat model of any maker.</param>
    /// <param name="options">Instructions, tools and bounds; see there for what holds without them.</param>
    public AgentLoop(IChatClient model, LoopOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _options = options ?? new LoopOptions();
    }

    /// <summary>
    /// One run, as it happens. The last update is always <see cref="AgentUpdate.Ended"/>: failures of the model, bounds and cancellation are reasons
    /// of an end and are not thrown. What a journal or a gate throws ends the enumeration.
    /// </summary>
    /// <param name="messages">The conversation so far, the newest message last.</param>
    /// <param name="cancellationToken">Stops the run: the calls under way are cancelled, and the end says what became of the conversation.</param>
    public IAsyncEnumerable<AgentUpdate> RunAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return new LoopRun(_model, _options, messages).RunAsync(cancellationToken);
    }
}
