using System.Globalization;
using AgentOrchestrator.Protocol.Audit;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Who did what. For owners.</summary>
public readonly struct AuditClient
{
    readonly Caller _caller;

    internal AuditClient(Caller caller) => _caller = caller;

    /// <summary>At most <paramref name="limit"/> entries below a sequence, newest first.</summary>
    public Task<AuditPage> ListAsync(int limit, long? before = null, CancellationToken cancel = default) =>
        _caller.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/audit?limit={limit}") + (before is { } seq ? $"&before={seq}" : ""),
            ProtocolJson.Default.AuditPage,
            cancel);

    /// <summary>Follows the chain, and names the first entry that was changed or is missing.</summary>
    public Task<AuditVerification> VerifyAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/audit/verify", ProtocolJson.Default.AuditVerification, cancel);
}
