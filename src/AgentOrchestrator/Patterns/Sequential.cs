namespace AgentOrchestrator.Patterns;

/// <summary>Each agent works on what the one before it answered; the last one's answer is the answer.</summary>
public sealed class Sequential : IAgent
{
    readonly IReadOnlyList<IAgent> _agents;

    /// <param name="id">The name of the whole.</param>
    /// <param name="agents">At least one, which may be patterns themselves.</param>
    public Sequential(string id, params IReadOnlyList<IAgent> agents)
    {
        ArgumentOutOfRangeException.ThrowIfZero(agents.Count, nameof(agents));
        (Id, _agents) = (id, agents);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public async Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default)
    {
        var answers = new List<AgentAnswer>();
        foreach (var agent in _agents)
        {
            answers.Add(await agent.RunAsync(answers.Count == 0 ? message : answers[^1].Text, useMemory, cancellationToken).ConfigureAwait(false));
        }

        return Answers.Combine(Id, answers[^1].Text, answers);
    }
}
