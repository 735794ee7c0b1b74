namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>What Claude Code is told through its environment, unless the run's own environment says otherwise.</summary>
static class ClaudeEnvironment
{
    static readonly IReadOnlyDictionary<string, string> s_defaults = new Dictionary<string, string>
    {
        // Its own ten retries of a wrong key or a broken service last minutes; these end within about ten seconds.
        ["CLAUDE_CODE_MAX_RETRIES"] = "4",
        // The program must not be replaced under a run.
        ["DISABLE_AUTOUPDATER"] = "1",
        ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
    };

    public static IReadOnlyDictionary<string, string> Complete(IReadOnlyDictionary<string, string> environment)
    {
        var complete = new Dictionary<string, string>(environment);
        foreach (var (name, value) in s_defaults) { complete.TryAdd(name, value); }
        return complete;
    }
}
