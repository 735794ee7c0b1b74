using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>This server as its own client, in the name of whoever asks: every check of every route holds for what comes by another door too.</summary>
sealed class SelfConnection(SelfAddress address) : IDisposable
{
    readonly HttpMessageInvoker _shared = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    /// <param name="token">The caller's own; null where none is asked for.</param>
    public OrchestratorClient As(string? token)
    {
        var self = new ServerAddress(address.Find().GetLeftPart(UriPartial.Authority), token, token is null ? TokenSource.None : TokenSource.Environment);
        return new OrchestratorClient(self, new HttpTransport(self, new Shared(_shared)));
    }

    public void Dispose() => _shared.Dispose();

    /// <summary>One set of connections for all clients; none of them closes it.</summary>
    sealed class Shared(HttpMessageInvoker inner) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            inner.SendAsync(request, cancellationToken);
    }
}
