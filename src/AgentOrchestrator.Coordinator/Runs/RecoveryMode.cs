namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What happens at start to runs that were live, beside the ordinary end of leases. <c>RUN_RECOVERY_MODE</c>.</summary>
public enum RecoveryMode
{
    /// <summary>
    /// Runs of runners that do not keep leases, or that are gone: when silent for 5 minutes, claimed goes back to pending and running
    /// fails; stopping is stopped at once. All others are left to the ends of their leases, which begin anew.
    /// </summary>
    /// <remarks>A runner that keeps leases keeps its runs through an outage of any length, or is alive on another node.</remarks>
    Stale,

    /// <summary>All of them at once, with a raised fence, so that a runner that still works is told to end it.</summary>
    /// <remarks>As <see cref="Stale"/> while another node serves the same database: its runs are not ours to end.</remarks>
    All,

    /// <summary>Nothing; the ends of leases do it.</summary>
    None,
}
