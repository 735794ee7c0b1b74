using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Runner;

namespace AgentOrchestrator.ServerTests.Runners;

/// <summary>A connection that polls for ever, and comes back after a pause, as a runner does, when it is broken. It costs no more than its socket.</summary>
static class HeldPoll
{
    /// <param name="claimed">Told of each run that it brings.</param>
    public static async Task RunAsync(Uri server, string runnerId, Action<string> claimed, CancellationToken over)
    {
        var request = Encoding.ASCII.GetBytes($"GET /runner/runs?runner_id={runnerId} HTTP/1.1\r\nHost: {server.Authority}\r\n\r\n");
        for (var failures = 0; !over.IsCancellationRequested;)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(server.Host, server.Port, over);
                var stream = client.GetStream();
                while (true)
                {
                    await stream.WriteAsync(request, over);
                    if (RunOf(await ReadAsync(stream, over)) is { } run)
                    {
                        claimed(run);
                    }

                    failures = 0;
                }
            }
            catch (Exception broken) when (broken is IOException or SocketException)
            {
                await Task.Delay(Backoff.Delay(++failures, RandomNumberGenerator.GetInt32(1_000) / 1_000d), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }
        }
    }

    static string? RunOf(string body) =>
        body.Length > 0 && JsonElement.Parse(body).TryGetProperty("run", out var run) ? run.Text("run_id") : null;

    static async Task<string> ReadAsync(NetworkStream stream, CancellationToken over)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, over);
            if (read == 0)
            {
                throw new IOException("the server has closed the connection");
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var answer = text.ToString();
            var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && answer.Length - end - 4 >= LengthOf(answer[..end]))
            {
                return answer[(end + 4)..];
            }
        }
    }

    static int LengthOf(string head) =>
        head.Split("\r\n").Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
}
