using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>Forgets MCP sessions that nobody has used for long.</summary>
sealed class McpSessionSweep(McpSessions sessions, TimeProvider time, ILogger<McpSessionSweep> log) : Loop(TimeSpan.FromMinutes(1), time, log)
{
    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await sessions.EndIdleAsync() is > 0 and var ended ? $"{ended} ended" : null;
}

/// <summary>Ends all of them when the server is about to stop: no call is waited for any more, and what the callers started goes on.</summary>
sealed class McpShutdown(McpSessions sessions) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) => sessions.EndAllAsync();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
