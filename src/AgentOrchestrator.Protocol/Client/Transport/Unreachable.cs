namespace AgentOrchestrator.Protocol.Client.Transport;

/// <summary>What a client says when no answer came.</summary>
public static class Unreachable
{
    public static ProductException Refused(ServerAddress address, Exception inner) => new(
        ErrorCode.Unavailable,
        $"Cannot reach the server at {address.Url}; start one with 'ao up', or set AGENT_ORCHESTRATOR_API_URL to where it is",
        "unreachable",
        inner);

    public static ProductException Silent(ServerAddress address, Exception inner) => new(
        ErrorCode.Timeout, $"The server at {address.Url} did not answer in time; see 'ao doctor'", inner: inner);

    public static ProductException NotOurs(ServerAddress address, Exception? inner = null) => new(
        ErrorCode.Unavailable,
        $"What answers at {address.Url} is not an agent orchestrator; set AGENT_ORCHESTRATOR_API_URL to where it is",
        "not_ours",
        inner);
}
