namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>The control groups of one run that hold it to its limits; null for what is not limited.</summary>
sealed record RunGroups(string? Memory, string? Processes, string? Cpu)
{
    /// <summary>One group may limit several things.</summary>
    public IReadOnlyList<string> All { get; } = [.. new[] { Memory, Processes, Cpu }.OfType<string>().Distinct()];
}
