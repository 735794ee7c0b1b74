using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

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

    public void Dispose() => _api.Dispose();

    // Without an end of its own: a run whose server stays away loses its lease and is stopped.
    async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (ProductException away) when (away.Code is ErrorCode.Unavailable or ErrorCode.Timeout)
            {
                await Task.Delay(s_pause, time, cancel).ConfigureAwait(false);
            }
        }
    }
}
