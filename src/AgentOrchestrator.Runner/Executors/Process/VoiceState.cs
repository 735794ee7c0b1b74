using System.Text.Json;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>What a program has said of its session, as far as the end of the run depends on it.</summary>
sealed record VoiceState
{
    public string? LastMessage { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }

    /// <summary>Whether it has posted the prompt, which the runner had written already.</summary>
    public bool HasSaidPrompt { get; init; }

    /// <summary>The ids that it has bound to the session.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}
