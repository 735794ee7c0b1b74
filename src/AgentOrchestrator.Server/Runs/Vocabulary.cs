using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Runs;

/// <summary>The two names that the seeds have for the same things; a route answers in the words that it was asked in.</summary>
/// <param name="Run">What a run is called in texts.</param>
/// <param name="Runner">What a runner is called in texts.</param>
sealed record Vocabulary(string Run, string Runner, string PollPath)
{
    public static Vocabulary Runs { get; } = new("Run", "Runner", "/runner/runs");

    public static Vocabulary Jobs { get; } = new("Job", "Launcher", "/launcher/jobs");

    public bool IsOlder => this == Jobs;

    public ProductException RunNotFound() => new(ErrorCode.NotFound, $"{Run} not found");

    public ProductException RunnerNotFound() => new(ErrorCode.NotFound, $"{Runner} not found");

    public ProductException RunnerUnknown() =>
        new(ErrorCode.Unauthenticated, $"{Runner} not registered", "not_registered");

    public ProductException RunnerReplaced() => new(
        ErrorCode.Unauthenticated,
        $"Another start of this {Runner.ToLowerInvariant()} has taken over its identity, and what this one ran is lost; register again once that one is gone, or under another name",
        "runner_replaced");
}
