namespace AgentOrchestrator.Coordinator.Runners;

/// <summary>Registered runners. Each verb is one transaction.</summary>
public interface IRunnerStore
{
    /// <summary>
    /// Writes the runner. An identity that is held is taken over when its holder is the same instance with the same token or has been silent for
    /// <paramref name="freshFor"/>; any other take-over raises the fence of the holder's live runs by ending their leases now.
    /// </summary>
    /// <exception cref="Protocol.ProductException">LimitExceeded for one identity more than <see cref="CoordinatorOptions.MaxRunners"/>.</exception>
    /// <remarks>A take-over signals the identity, so that polls of the one before it are told. Runners without an instance id are never the same. Both times of the runner are the store's, not the caller's.</remarks>
    Task<Registration> RegisterAsync(Runner runner, TimeSpan freshFor, CancellationToken cancel);

    Task<Runner?> FindAsync(string org, string runnerId, CancellationToken cancel);

    Task<IReadOnlyList<Runner>> ListAsync(string org, CancellationToken cancel);

    /// <summary>Notes a sign of life. False when the runner is not registered.</summary>
    Task<bool> TouchAsync(string org, string runnerId, CancellationToken cancel);

    /// <summary>Asks it to leave; told at its next poll. False when it is not registered.</summary>
    Task<bool> AskToLeaveAsync(string org, string runnerId, CancellationToken cancel);

    /// <summary>Removes it. Its unstarted claims go back to pending; started runs keep their lease. False when it is not registered.</summary>
    Task<bool> RemoveAsync(string org, string runnerId, CancellationToken cancel);

    /// <summary>Removes at most so many runners that are silent for longer than <paramref name="silence"/> and hold no live run; says how many.</summary>
    Task<int> RemoveSilentAsync(TimeSpan silence, int limit, CancellationToken cancel);
}
