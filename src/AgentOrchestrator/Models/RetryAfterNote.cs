using System.Runtime.CompilerServices;

namespace AgentOrchestrator.Models;

/// <summary>Hears how long a provider wants to be left alone, where its client's exceptions do not tell.</summary>
sealed class RetryAfterNote : DelegatingHandler
{
    readonly AsyncLocal<StrongBox<TimeSpan?>?> _call = new();

    /// <returns>Where it stands after the call that is made from here.</returns>
    public StrongBox<TimeSpan?> Begin() => _call.Value = new StrongBox<TimeSpan?>();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (_call.Value is { } call) { call.Value = response.Headers.RetryAfter?.Delta; }
        return response;
    }
}
