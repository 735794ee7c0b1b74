using System.Net;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>What the gateway answers by itself.</summary>
static class GatewayAnswer
{
    public static Task AcceptAsync(HttpListenerResponse response) =>
        WriteAsync(response, 200, "application/json", JsonSerializer.SerializeToUtf8Bytes(Ok.Yes, ProtocolJson.Default.Ok));

    public static Task RefuseAsync(HttpListenerResponse response, int status, string code, string detail) =>
        WriteAsync(response, status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(
            new Problem { Type = "about:blank", Title = ((HttpStatusCode)status).ToString(), Status = status, Detail = detail, Code = code }, CompactJson.Default.Problem));

    static async Task WriteAsync(HttpListenerResponse response, int status, string type, byte[] body)
    {
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength64 = body.Length;
        await response.OutputStream.WriteAsync(body).ConfigureAwait(false);
        response.Close();
    }
}
