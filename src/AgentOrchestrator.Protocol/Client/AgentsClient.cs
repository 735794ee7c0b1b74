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

    /// <exception cref="ProductException">NotFound without definition and runbook; Conflict when it runs.</exception>
    public Task<AgentChanged> StartAsync(string name, CancellationToken cancel = default) =>
        PostAsync("/agents/start", new NameAgent(name), ProtocolJson.Default.NameAgent, cancel);

    /// <summary>Ends its runs as well.</summary>
    /// <exception cref="ProductException">NotFound; Conflict when it does not run.</exception>
    public Task<AgentChanged> StopAsync(string name, CancellationToken cancel = default) =>
        PostAsync("/agents/stop", new NameAgent(name), ProtocolJson.Default.NameAgent, cancel);

    /// <summary>Makes an agent with a runbook, and starts it. For owners.</summary>
    public Task<AgentChanged> CreateAsync(FoundAgent agent, CancellationToken cancel = default) =>
        PostAsync("/agents/create", agent, ProtocolJson.Default.FoundAgent, cancel);

    /// <summary>Stops and removes it. For owners.</summary>
    public Task<AgentChanged> DeleteAsync(string name, bool removeRunbook, CancellationToken cancel = default) =>
        PostAsync("/agents/delete", new RemoveAgent(name, removeRunbook), ProtocolJson.Default.RemoveAgent, cancel);

    public Task<IReadOnlyList<Runbook>> ListRunbooksAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/agents/runbooks", ProtocolJson.Default.IReadOnlyListRunbook, cancel);

    public Task<Runbook> GetRunbookAsync(string name, CancellationToken cancel = default) =>
        _caller.GetAsync($"/agents/runbooks/{PathSegment.Of(name)}", ProtocolJson.Default.Runbook, cancel);

    Task<AgentChanged> PostAsync<T>(string path, T body, JsonTypeInfo<T> shape, CancellationToken cancel) =>
        _caller.PostAsync(path, body, shape, ProtocolJson.Default.AgentChanged, null, cancel);

    static string PathOf(string name) => $"/agents/{PathSegment.Of(name)}";

    Task<AgentView> PatchAsync<T>(string path, T body, JsonTypeInfo<T> shape, CancellationToken cancel) =>
        _caller.SendAsync(
            new Request("PATCH", path, JsonSerializer.SerializeToUtf8Bytes(body, shape)), ProtocolJson.Default.AgentView, cancel);
}
