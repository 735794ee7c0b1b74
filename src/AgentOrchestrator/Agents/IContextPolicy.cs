using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Keeps a conversation within what the model can read.</summary>
public interface IContextPolicy
{
    /// <summary>Asked before each model call.</summary>
    /// <param name="messages">The conversation, the newest message last, without the instructions.</param>
    /// <param name="cancellationToken">Cancelled when the run ends.</param>
    /// <returns>What takes its place from here on; null when it may stay as it is.</returns>
    ValueTask<ContextChange?> FitAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken);
}

/// <summary>A conversation that was made shorter.</summary>
/// <param name="Messages">What is left of it.</param>
/// <param name="Dropped">How many messages are gone.</param>
/// <param name="Summary">What stands for them now; null when nothing does.</param>
public sealed record ContextChange(IReadOnlyList<ChatMessage> Messages, int Dropped, string? Summary);
