namespace AgentOrchestrator.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="IsEssential">Without it nothing can be started.</param>
/// <param name="Advice">What to do about it; null when it works.</param>
sealed record Check(string Name, bool Ok, bool IsEssential, string Detail, string? Advice = null);

sealed record DoctorReport(bool Ok, IReadOnlyList<Check> Checks);
