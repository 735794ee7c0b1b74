using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>The processes that execute runs.</summary>
public readonly struct RunnersClient
{
    readonly Caller _caller;

    internal RunnersClient(Caller caller) => _caller = caller;

    public Task<RunnerList> ListAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/runners", ProtocolJson.Default.RunnerList, cancel);
}
