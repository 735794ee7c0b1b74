namespace AgentOrchestrator.Patterns;

/// <summary>One agent works, another judges, until the judge has nothing to object to.</summary>
public sealed class Critic : IAgent
{
    /// <summary>By this word, at the beginning of an answer, the judge accepts.</summary>
    public const string Approval = "APPROVED";

    readonly IAgent _worker;
    readonly IAgent _judge;

    /// <param name="id">The name of the whole.</param>
    /// <param name="worker">Who answers, and mends the answer.</param>
    /// <param name="judge">Who judges it.</param>
    public Critic(string id, IAgent worker, IAgent judge) => (Id, _worker, _judge) = (id, worker, judge);

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>How often an answer is judged at most; the last one stands.</summary>
    /// <value>3.</value>
    public int MaxRounds { get; init; } = 3;

    /// <inheritdoc/>
    public async Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default)
    {
        var work = await _worker.RunAsync(message, useMemory, cancellationToken).ConfigureAwait(false);
        List<AgentAnswer> answers = [work];
        for (var round = 0; round < MaxRounds; round++)
        {
            var judgement = await _judge.RunAsync(QuestionOf(message, work), useMemory, cancellationToken).ConfigureAwait(false);
            answers.Add(judgement);
            if (judgement.Text.TrimStart().StartsWith(Approval, StringComparison.Ordinal)) { break; }

            work = await _worker.RunAsync(RevisionOf(message, work, judgement), useMemory, cancellationToken).ConfigureAwait(false);
            answers.Add(work);
        }

        return Answers.Combine(Id, work.Text, answers);
    }

    static string QuestionOf(string message, AgentAnswer work) =>
        $"Review this answer. Begin with {Approval} if it is good; otherwise say what to change.\n\nTask: {message}\n\nAnswer: {work}";

    static string RevisionOf(string message, AgentAnswer work, AgentAnswer judgement) =>
        $"Improve your answer.\n\nTask: {message}\n\nYour answer: {work}\n\nReview: {judgement}";
}
