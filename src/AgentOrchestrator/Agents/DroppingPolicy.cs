using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Drops the oldest exchanges, with a summary in their place where somebody writes one.</summary>
sealed class DroppingPolicy(int maxTokens, Summariser? summariser) : IContextPolicy
{
    public async ValueTask<ContextChange?> FitAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var tokens = messages.Sum(TokenGuess.Of);
        if (tokens <= maxTokens) { return null; }

        var dropped = Oldest(messages, tokens - (maxTokens - (maxTokens / 4)));
        if (dropped.Count == 0) { return null; }

        var kept = messages.Where((_, index) => !dropped.Contains(index)).ToList();
        var summary = summariser is null
            ? null
            : await summariser.SummariseAsync([.. dropped.Select(index => messages[index])], cancellationToken).ConfigureAwait(false);
        if (summary is not null) { kept.Insert(0, Summariser.MessageOf(summary)); }
        return new ContextChange(kept, dropped.Count, summary);
    }

    /// <summary>The places of the oldest messages that have as many tokens together, never of the user's newest one.</summary>
    static SortedSet<int> Oldest(IReadOnlyList<ChatMessage> messages, int tooMany)
    {
        var newest = messages.Index().LastOrDefault(entry => entry.Item.Role == ChatRole.User).Index;
        var dropped = new SortedSet<int>();
        for (var at = 0; at < messages.Count - 1;)
        {
            var end = EndOfExchange(messages, at);
            // What the model is shown begins with the user: an answer without its question goes, too.
            var isEnough = tooMany <= 0 && (at > newest || messages[at].Role == ChatRole.User);
            if (isEnough || end == messages.Count) { break; }

            for (; at < end; at++)
            {
                if (at == newest) { continue; }
                dropped.Add(at);
                tooMany -= TokenGuess.Of(messages[at]);
            }
        }

        return dropped;
    }

    /// <summary>An answer and the results of the tools that it called stay together.</summary>
    static int EndOfExchange(IReadOnlyList<ChatMessage> messages, int at)
    {
        for (at++; at < messages.Count && messages[at].Role == ChatRole.Tool; at++) { }
        return at;
    }
}
