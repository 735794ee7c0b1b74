using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>What agents may call, and the calls.</summary>
public readonly struct ActionsClient
{
    // A server bounds each call itself.
    static readonly TimeSpan s_longestCall = TimeSpan.FromMinutes(15);

    readonly Caller _caller;

    internal ActionsClient(Caller caller) => _caller = caller;

    public Task<AgentActions> ListAsync(string agent, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("GET", OfAgent(agent)) { Patience = s_longestCall }, ProtocolJson.Default.AgentActions, cancel);

    /// <summary>Calls it once. What goes wrong in the call is told in the result.</summary>
    /// <param name="parameters">A JSON object; none when null.</param>
    /// <exception cref="ProductException">NotFound when the agent has no such action; Forbidden for a run of another agent.</exception>
    public Task<ActionResult> ExecuteAsync(string agent, string actionId, JsonElement? parameters = null, CancellationToken cancel = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new ExecuteAction { ActionId = actionId, Parameters = parameters }, ProtocolJson.Default.ExecuteAction);
        return _caller.SendAsync(new Request("POST", OfAgent(agent) + "/execute", body) { Patience = s_longestCall }, ProtocolJson.Default.ActionResult, cancel);
    }

    public Task<AllActions> ListAllAsync(CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("GET", "/actions/all") { Patience = s_longestCall }, ProtocolJson.Default.AllActions, cancel);

    /// <param name="query">A part of an action's name or description, or of an agent's name.</param>
    public Task<ActionSearch> SearchAsync(string query, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("GET", $"/actions/search?query={Uri.EscapeDataString(query)}") { Patience = s_longestCall }, ProtocolJson.Default.ActionSearch, cancel);

    public Task<ActionServers> ListServersAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/action-servers/available", ProtocolJson.Default.ActionServers, cancel);

    /// <summary>Gives an agent a server in place of the one that it had. For owners.</summary>
    public Task<ActionServerChanged> AssignAsync(string agent, string server, CancellationToken cancel = default) => PostAsync(
        "/agents/assign-action-server", new AssignServer { AgentName = agent, ActionServer = server }, ProtocolJson.Default.AssignServer, cancel);

    /// <summary>Takes an agent's server away. For owners.</summary>
    public Task<ActionServerChanged> RemoveAsync(string agent, CancellationToken cancel = default) => PostAsync(
        "/agents/remove-action-server", new RemoveServer { AgentName = agent }, ProtocolJson.Default.RemoveServer, cancel);

    /// <summary>Has the servers of an agent asked anew for their actions; all servers when null.</summary>
    public Task<ActionServerChanged> RefreshAsync(string? agent = null, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("POST", agent is null ? "/actions/reload" : OfAgent(agent) + "/refresh") { Patience = s_longestCall }, ProtocolJson.Default.ActionServerChanged, cancel);

    /// <summary>At most <paramref name="limit"/> calls below a sequence, newest first.</summary>
    public Task<ActionUsage> GetUsageAsync(int limit, string? agent = null, long? before = null, CancellationToken cancel = default) => _caller.GetAsync(
        string.Create(CultureInfo.InvariantCulture, $"/actions/usage?limit={limit}")
        + (agent is null ? "" : $"&agent_name={Uri.EscapeDataString(agent)}") + (before is { } seq ? string.Create(CultureInfo.InvariantCulture, $"&before={seq}") : ""),
        ProtocolJson.Default.ActionUsage,
        cancel);

    /// <summary>Tools that describe themselves otherwise than they did. For owners.</summary>
    public Task<ActionChanges> ListChangesAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/actions/changes", ProtocolJson.Default.ActionChanges, cancel);

    /// <summary>Has a tool used as it describes itself now. For owners.</summary>
    /// <exception cref="ProductException">Conflict when it describes itself otherwise than the digest says.</exception>
    public Task<ActionServerChanged> AcceptAsync(string server, string tool, string digest, CancellationToken cancel = default) => PostAsync(
        "/actions/accept", new AcceptAction { Server = server, Tool = tool, Digest = digest }, ProtocolJson.Default.AcceptAction, cancel);

    Task<ActionServerChanged> PostAsync<T>(string path, T body, JsonTypeInfo<T> shape, CancellationToken cancel) => _caller.SendAsync(
        new Request("POST", path, JsonSerializer.SerializeToUtf8Bytes(body, shape)) { Patience = s_longestCall }, ProtocolJson.Default.ActionServerChanged, cancel);

    static string OfAgent(string agent) => $"/agents/{PathSegment.Of(agent)}/actions";
}
