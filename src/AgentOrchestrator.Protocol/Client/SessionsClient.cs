using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Conversations with agents. A session is named by its id or its name.</summary>
public readonly struct SessionsClient
{
    readonly Caller _caller;

    internal SessionsClient(Caller caller) => _caller = caller;

    /// <summary>All sessions, newest created first.</summary>
    public Task<SessionList> ListAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/sessions", ProtocolJson.Default.SessionList, cancel);

    /// <summary>At most <paramref name="limit"/> sessions, newest created first; the answer says where the next page begins.</summary>
    public Task<SessionList> ListAsync(int limit, string? cursor = null, CancellationToken cancel = default) =>
        _caller.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/sessions?limit={limit}")
                + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}"),
            ProtocolJson.Default.SessionList,
            cancel);

    public async Task<SessionView> GetAsync(string session, CancellationToken cancel = default) =>
        (await _caller.GetAsync(PathOf(session), ProtocolJson.Default.SessionAnswer, cancel).ConfigureAwait(false)).Session;

    /// <summary>The sessions that runs of this one have started, newest first.</summary>
    public Task<SessionList> ListChildrenAsync(string session, CancellationToken cancel = default) =>
        _caller.GetAsync($"/sessions?parent={PathSegment.Of(session)}", ProtocolJson.Default.SessionList, cancel);

    /// <summary>One word; <c>not_existent</c> for a session that does not exist.</summary>
    public Task<SessionStatusAnswer> GetStatusAsync(string session, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("GET", PathOf(session) + "/status"), Answers.ReadStatus, cancel);

    /// <exception cref="ProductException">NotPossible while the session is not finished; NotFound when it has said nothing.</exception>
    public Task<SessionResult> GetResultAsync(string session, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("GET", PathOf(session) + "/result"), Answers.ReadResult, cancel);

    /// <summary>Tokens and cost of its runs, and of the runs of all sessions below it.</summary>
    public Task<SessionUsageView> GetUsageAsync(string session, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(session) + "/usage", ProtocolJson.Default.SessionUsageView, cancel);

    public Task<SessionWritten> CreateAsync(CreateSession session, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _caller.PostAsync(
            "/sessions", session, ProtocolJson.Default.CreateSession, ProtocolJson.Default.SessionWritten, idempotencyKey, cancel);

    /// <summary>Events with a sequence above <paramref name="after"/>; the answer says where the next page begins.</summary>
    public Task<EventList> GetEventsAsync(string session, long after, int limit, CancellationToken cancel = default) =>
        _caller.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"{PathOf(session)}/events?after={after}&limit={limit}"),
            ProtocolJson.Default.EventList,
            cancel);

    public Task<EventPosted> PostEventAsync(string session, PostEvent posted, string? idempotencyKey = null, CancellationToken cancel = default) =>
        _caller.PostAsync(
            PathOf(session) + "/events", posted, CompactJson.Default.PostEvent, ProtocolJson.Default.EventPosted, idempotencyKey, cancel);

    public async Task<SessionView> UpdateAsync(string session, PatchSession changes, CancellationToken cancel = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(changes, ProtocolJson.Default.PatchSession);
        var written = await _caller.SendAsync(
            new Request("PATCH", PathOf(session) + "/metadata", body), ProtocolJson.Default.SessionWritten, cancel).ConfigureAwait(false);
        return written.Session;
    }

    /// <summary>Asks the live run to stop, or cancels the queued one; the same for the sessions below it.</summary>
    /// <param name="tree">Those that were started to outlive their parent as well.</param>
    public Task<StopAnswer> StopAsync(string session, bool tree = false, CancellationToken cancel = default) =>
        _caller.SendAsync(
            new Request("POST", PathOf(session) + (tree ? "/stop?tree=true" : "/stop")), ProtocolJson.Default.StopAnswer, cancel);

    /// <exception cref="ProductException">Conflict while a run of it is live.</exception>
    public Task<SessionDeleted> DeleteAsync(string session, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("DELETE", PathOf(session)), ProtocolJson.Default.SessionDeleted, cancel);

    /// <summary>Deletes those of these sessions that neither work nor are above one that does.</summary>
    public Task<SessionsDeleted> DeleteAtRestAsync(IReadOnlyList<SessionView> sessions, CancellationToken cancel = default) =>
        new SessionSweep(this).RunAsync(sessions, cancel);

    /// <summary>The session with its runs and its log as JSON Lines; whole when its last line is of the kind <c>end</c>.</summary>
    public Task<Stream> ExportAsync(string session, CancellationToken cancel = default) =>
        _caller.OpenStreamAsync(new Request("GET", PathOf(session) + "/export"), cancel);

    /// <summary>Adds a session that was exported.</summary>
    /// <param name="name">Makes a copy of that name, with ids of its own.</param>
    /// <exception cref="ProductException">Conflict when it is there already; Invalid, with the line's number, for a file that is wrong.</exception>
    public Task<SessionImported> ImportAsync(Stream file, string? name = null, CancellationToken cancel = default) =>
        _caller.UploadAsync(
            new Request("POST", "/sessions/import" + (name is null ? "" : $"?session_name={Uri.EscapeDataString(name)}")),
            file, "application/x-ndjson", ProtocolJson.Default.SessionImported, cancel);

    /// <summary>The log above <paramref name="after"/>, then everything as it happens. Survives a server that goes away for a while.</summary>
    /// <remarks>No event is repeated or left out; what was pruned shows as a gap. Ends when the session is deleted.</remarks>
    public IAsyncEnumerable<FeedFrame> FollowAsync(
        string session, long after, FeedOptions? options = null, CancellationToken cancel = default) =>
        new FeedReader(_caller, PathOf(session) + "/feed", options ?? new FeedOptions()).ReadAsync(after, cancel);

    static string PathOf(string session) => $"/sessions/{PathSegment.Of(session)}";
}
