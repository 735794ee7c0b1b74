namespace AgentOrchestrator.Server.Hosting;

/// <summary>The server is about to stop: held polls answer, feeds say goodbye, nothing new is held open.</summary>
sealed class Drain(IHostApplicationLifetime lifetime)
{
    /// <summary>How long requests in flight may take to end after <see cref="Started"/>; then they are cut.</summary>
    /// <value>8 seconds, so that the process is gone in 10.</value>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(8);

    /// <summary>Cancelled at the first sign of the end.</summary>
    public CancellationToken Started => lifetime.ApplicationStopping;
}
