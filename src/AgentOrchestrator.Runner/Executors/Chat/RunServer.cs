using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>The server as a run may use it: with the run's own token, and patient with a server that is away.</summary>
sealed class RunServer(Uri server, string token, TimeProvider time) : IDisposable
{
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    readonly CoordinatorApi _api = new(server, token);

    /// <summary>The sequence of the newest event.</summary>
    public Task<long> ReadLastSeqAsync(string sessionId, CancellationToken cancel) =>
        PatientlyAsync(async () => (await _api.FindSessionAsync(sessionId, cancel).ConfigureAwait(false)).LastSeq, cancel);

    public Task<EventList> ReadEventsAsync(string sessionId, long after, int limit, CancellationToken cancel) =>
        PatientlyAsync(() => _api.ReadEventsAsync(sessionId, after, limit, cancel), cancel);

    public Task<MemoryResults> SearchMemoryAsync(SearchMemory search, CancellationToken cancel) =>
        PatientlyAsync(() => _api.SearchMemoryAsync(search, cancel), cancel);

    public Task<MemoryView> StoreMemoryAsync(StoreMemory memory, CancellationToken cancel) =>
        PatientlyAsync(() => _api.StoreMemoryAsync(memory, cancel), cancel);

    public Task<RunCreated> CreateRunAsync(CreateRun run, string idempotencyKey, CancellationToken cancel) =>
        PatientlyAsync(() => _api.CreateRunAsync(run, idempotencyKey, cancel), cancel);

    public Task<AgentActions> ReadActionsAsync(string agent, CancellationToken cancel) =>
        PatientlyAsync(() => _api.ReadActionsAsync(agent, cancel), cancel);

    /// <summary>Calls an action of an agent. It is asked again only while it has surely not been called, or where that does no harm.</summary>
    /// <exception cref="ProductException">Unavailable or Timeout: whether it took effect is not known.</exception>
    public Task<ActionResult> ExecuteAsync(string agent, ExecuteAction action, bool isIdempotent, CancellationToken cancel) =>
        PatientlyAsync(() => _api.ExecuteAsync(agent, action, cancel), cancel, isIdempotent ? null : IsUnmade);

    public void Dispose() => _api.Dispose();

    /// <summary>The server was not reached, or says itself that it did nothing.</summary>
    static bool IsUnmade(ProductException away) => away.Code is ErrorCode.Unavailable
        && (away.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
            || away.Reason is not (null or CoordinatorApi.NoAnswer));

    // Without an end of its own: a run whose server stays away loses its lease and is stopped.
    async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancel, Func<ProductException, bool>? mayRepeat = null)
    {
        while (true)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout && mayRepeat?.Invoke(away) is not false)
            {
                await Task.Delay(s_pause, time, cancel).ConfigureAwait(false);
            }
        }
    }
}
