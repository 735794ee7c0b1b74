using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>The policies for conversations that become too long.</summary>
/// <remarks>
/// Both keep the newest message of the user, and keep tool calls and their results together. They shorten to three quarters of the bound, so that the
/// beginning of a conversation stays the same for some turns and the provider's cache is of use. Tokens are guessed, as a quarter of the characters.
/// </remarks>
public static class ContextWindow
{
    /// <summary>The oldest messages go.</summary>
    /// <param name="maxTokens">How long a conversation may be.</param>
    public static IContextPolicy DropOldest(int maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        return new DroppingPolicy(maxTokens, summariser: null);
    }

    /// <summary>A summary takes the place of the oldest messages. When none can be made, they go without.</summary>
    /// <param name="maxTokens">How long a conversation may be.</param>
    /// <param name="model">Who writes the summary.</param>
    public static IContextPolicy Summarise(int maxTokens, IChatClient model)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        ArgumentNullException.ThrowIfNull(model);
        return new DroppingPolicy(maxTokens, new Summariser(model));
    }
}
