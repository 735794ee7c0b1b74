using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>A server, typed, by noun. Every refusal is the <see cref="ProductException"/> that the server threw.</summary>
/// <remarks>Safe to use from several threads. A server that cannot be reached is <see cref="ErrorCode.Unavailable"/>.</remarks>
public sealed class OrchestratorClient : IDisposable
{
    // The server copies its database before it says anything.
    static readonly TimeSpan s_copyTime = TimeSpan.FromHours(1);

    readonly ITransport _transport;
    readonly Caller _caller;

    /// <summary>The server that the environment names, else the one on this machine, with the token that it left.</summary>
    public OrchestratorClient()
        : this(ServerAddress.Find())
    {
    }

    public OrchestratorClient(ServerAddress address)
        : this(address, new HttpTransport(address))
    {
    }

    /// <param name="address">Where the server is, for its error texts.</param>
    /// <param name="transport">Owned and disposed by the client.</param>
    public OrchestratorClient(ServerAddress address, ITransport transport)
    {
        Address = address;
        _transport = transport;
        _caller = new Caller(address, transport);
    }

    public ServerAddress Address { get; }

    public SessionsClient Sessions => new(_caller);

    public RunsClient Runs => new(_caller);

    public AgentsClient Agents => new(_caller);

    public SkillsClient Skills => new(_caller);

    public RunnersClient Runners => new(_caller);

    public TokensClient Tokens => new(_caller);

    public MemoriesClient Memories => new(_caller);

    public DocumentsClient Documents => new(_caller);

    public ActionsClient Actions => new(_caller);

    public AuditClient Audit => new(_caller);

    public Task<Health> GetHealthAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/health", ProtocolJson.Default.Health, cancel);

    /// <summary>A backup of a running server as a tar file; whole when its last entry is <c>backup.json</c>. Owners only.</summary>
    /// <exception cref="ProductException">NotPossible on PostgreSQL; Conflict while another is made; StorageFull without space for the copy.</exception>
    public Task<Stream> BackupAsync(CancellationToken cancel = default) =>
        _caller.OpenStreamAsync(new Request("GET", "/backup") { Patience = s_copyTime }, cancel);

    /// <summary>Follows a run, and what is tried again after it, to the end of the last attempt.</summary>
    /// <param name="after">The last sequence of its session before the run.</param>
    /// <param name="seen">Told each frame of the session's feed.</param>
    /// <exception cref="ProductException">NotFound when the session is deleted meanwhile.</exception>
    public Task<RunView> WaitForEndAsync(
        RunCreated run, long after, Func<FeedFrame, Task>? seen = null, FeedOptions? options = null, CancellationToken cancel = default) =>
        new RunFollowing(this, seen ?? (_ => Task.CompletedTask)).WaitAsync(run, after, options, cancel);

    public void Dispose() => _transport.Dispose();
}
