using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Client.Transport;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Definitions of agents.</summary>
public readonly struct AgentsClient
{
    readonly Caller _caller;

    internal AgentsClient(Caller caller) => _caller = caller;

    static JsonTypeInfo<IReadOnlyList<AgentView>> Listing => ProtocolJson.Default.IReadOnlyListAgentView;

    /// <param name="tags">Comma-separated; an agent must have all of them.</param>
    public Task<IReadOnlyList<AgentView>> ListAsync(string? tags = null, CancellationToken cancel = default) =>
        _caller.GetAsync(string.IsNullOrEmpty(tags) ? "/agents" : $"/agents?tags={Uri.EscapeDataString(tags)}", Listing, cancel);

    public Task<AgentView> GetAsync(string name, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(name), ProtocolJson.Default.AgentView, cancel);

    public Task<AgentView> CreateAsync(WriteAgent agent, CancellationToken cancel = default) =>
        _caller.PostAsync("/agents", agent, ProtocolJson.Default.WriteAgent, ProtocolJson.Default.AgentView, null, cancel);

    /// <summary>Null members stay as they are; empty ones are removed.</summary>
    public Task<AgentView> UpdateAsync(string name, WriteAgent changes, CancellationToken cancel = default) =>
        PatchAsync(PathOf(name), changes, ProtocolJson.Default.WriteAgent, cancel);

    public Task<AgentView> SetActiveAsync(string name, bool isActive, CancellationToken cancel = default) =>
        PatchAsync(
            PathOf(name) + "/status", new SetAgentStatus(isActive ? "active" : "inactive"), ProtocolJson.Default.SetAgentStatus, cancel);

    /// <summary>Lets the queued runs of an agent in quarantine go.</summary>
    public Task<AgentView> ReleaseAsync(string name, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("POST", PathOf(name) + "/release"), ProtocolJson.Default.AgentView, cancel);

    public Task DeleteAsync(string name, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("DELETE", PathOf(name)), cancel);

    static string PathOf(string name) => $"/agents/{PathSegment.Of(name)}";

    Task<AgentView> PatchAsync<T>(string path, T body, JsonTypeInfo<T> shape, CancellationToken cancel) =>
        _caller.SendAsync(
            new Request("PATCH", path, JsonSerializer.SerializeToUtf8Bytes(body, shape)), ProtocolJson.Default.AgentView, cancel);
}
