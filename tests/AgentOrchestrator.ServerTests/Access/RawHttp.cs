using System.Net.Sockets;
using System.Text;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>Requests that no well-behaved client would send: the bytes as given, the answer until the server closes.</summary>
static class RawHttp
{
    public static async Task<(int Status, string Text)> SendAsync(Uri server, string request)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancel);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancel).WaitAsync(TimeSpan.FromSeconds(20), cancel);
        return (text.Length > 12 ? int.Parse(text.AsSpan(9, 3)) : 0, text);
    }

    /// <summary>One GET with exactly these header lines.</summary>
    public static Task<(int Status, string Text)> GetAsync(Uri server, string path, params string[] headers) =>
        SendAsync(server, $"GET {path} HTTP/1.1\r\n{string.Concat(headers.Select(h => h + "\r\n"))}Connection: close\r\n\r\n");
}
