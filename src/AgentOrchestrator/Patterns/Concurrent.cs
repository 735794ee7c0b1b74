namespace AgentOrchestrator.Patterns;

/// <summary>All agents get the message at the same time; the answer is all of theirs, under their names.</summary>
public sealed class Concurrent : IAgent
{
    readonly IReadOnlyList<IAgent> _agents;

    /// <param name="id">The name of the whole.</param>
    /// <param name="agents">At least one, which may be patterns themselves. The answer keeps their order.</param>
    public Concurrent(string id, params IReadOnlyList<IAgent> agents)
    {
        ArgumentOutOfRangeException.ThrowIfZero(agents.Count, nameof(agents));
        (Id, _agents) = (id, agents);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public async Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default)
    {
        var answers = await Task.WhenAll(_agents.Select(agent => agent.RunAsync(message, useMemory, cancellationToken))).ConfigureAwait(false);
        return Answers.Combine(Id, string.Join("\n\n", answers.Select(answer => $"=== {answer.AgentId} ===\n{answer.Text}")), answers);
    }
}
