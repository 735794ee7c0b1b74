using System.Net.Http.Headers;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Sends requests to one origin only, with its credentials, whatever a server names as the next address.</summary>
sealed class HomeHandler(Uri home, string? token, IReadOnlyDictionary<string, string> headers, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!OutboundHandler.IsSameOrigin(request.RequestUri!, home))
        {
            throw new ToolException($"'{home.Host}' names an address at '{request.RequestUri!.Host}'; only its own are used.");
        }

        if (token is not null) { request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token); }
        foreach (var (name, value) in headers) { request.Headers.TryAddWithoutValidation(name, value); }
        return base.SendAsync(request, cancellationToken);
    }
}
