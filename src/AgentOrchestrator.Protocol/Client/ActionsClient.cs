using System.Text.Json;
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

    static string OfAgent(string agent) => $"/agents/{PathSegment.Of(agent)}/actions";
}
