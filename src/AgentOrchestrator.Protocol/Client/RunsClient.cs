using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Executions of agents.</summary>
public readonly struct RunsClient
{
    readonly Caller _caller;

    internal RunsClient(Caller caller) => _caller = caller;

    /// <summary>Starts a session, or sends a further message to one. It is queued on disk when this returns.</summary>
    /// <param name="idempotencyKey">Makes repeating the call harmless; each call is a run of its own when null.</param>
    public Task<RunCreated> CreateAsync(CreateRun run, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _caller.SendAsync(
            new Request("POST", "/runs", JsonSerializer.SerializeToUtf8Bytes(run, CompactJson.Default.CreateRun))
            {
                IdempotencyKey = idempotencyKey,
                // Inside a run, what it starts belongs to its trace.
                TraceParent = Environment.GetEnvironmentVariable("TRACEPARENT") is { Length: > 0 } trace ? trace : null,
            },
            ProtocolJson.Default.RunCreated,
            cancel);

    public Task<RunView> GetAsync(string runId, CancellationToken cancel = default) =>
        _caller.GetAsync($"/runs/{PathSegment.Of(runId)}", ProtocolJson.Default.RunView, cancel);

    public Task<RunList> ListAsync(RunStatus? status = null, CancellationToken cancel = default) =>
        _caller.GetAsync(
            status is { } only ? $"/runs?status={WireEnum<RunStatus>.Text(only)}" : "/runs", ProtocolJson.Default.RunList, cancel);

    /// <summary>A page of all runs, oldest first.</summary>
    /// <param name="after">The cursor of the page before; null for the first page.</param>
    public Task<RunList> ListAsync(int limit, string? after, CancellationToken cancel = default) =>
        _caller.GetAsync(
            $"/runs?limit={limit}" + (after is null ? "" : $"&cursor={Uri.EscapeDataString(after)}"), ProtocolJson.Default.RunList, cancel);

    /// <summary>Queues a run that has ended once more: same session, same prompt, the agent as it is now.</summary>
    /// <param name="idempotencyKey">Makes repeating the call harmless.</param>
    public Task<RunCreated> RetryAsync(string runId, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _caller.SendAsync(
            new Transport.Request("POST", $"/runs/{PathSegment.Of(runId)}/retry") { IdempotencyKey = idempotencyKey },
            ProtocolJson.Default.RunCreated,
            cancel);

    public Task<StopAnswer> StopAsync(string runId, CancellationToken cancel = default) =>
        _caller.SendAsync(
            new Request("POST", $"/runs/{PathSegment.Of(runId)}/stop"), ProtocolJson.Default.StopAnswer, cancel);
}
