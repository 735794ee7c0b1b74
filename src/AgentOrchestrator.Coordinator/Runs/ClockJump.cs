namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>The clock of the database was moved.</summary>
/// <param name="By">How far; below zero for back.</param>
/// <param name="Since">By the new clock, the earliest instant at which that can have been: what has a time from then to now was noted by it.</param>
public readonly record struct ClockJump(TimeSpan By, DateTimeOffset Since);
