using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Documents;

/// <summary>Documents as any client sends them.</summary>
static class DocumentCalls
{
    public static async Task<JsonElement> PushAsync(
        this HttpClient client, byte[] content, string filename, string? tags = null, string? metadata = null, string? checksum = null, int expected = 201)
    {
        using var form = new MultipartFormDataContent();
        var file = new ByteArrayContent(content);
        // Not by the form, which would turn a name that is no token into another.
        file.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename*=UTF-8''{Uri.EscapeDataString(filename)}");
        form.Add(file);
        foreach (var (name, value) in new[] { ("tags", tags), ("metadata", metadata), ("checksum", checksum) })
        {
            if (value is not null) { form.Add(new StringContent(value), name); }
        }

        return await SendAsync(client, new HttpRequestMessage(HttpMethod.Post, "/documents") { Content = form }, expected);
    }

    public static Task<JsonElement> PutAsync(
        this HttpClient client, string id, string content, int expected, string? ifMatch = null, string? rawIfMatch = null, string? digest = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/documents/{id}/content") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(content)) };
        if ((rawIfMatch ?? (ifMatch is null ? null : $"\"{ifMatch}\"")) is { } tag) { request.Headers.TryAddWithoutValidation("If-Match", tag); }
        if (digest is not null) { request.Content.Headers.TryAddWithoutValidation("Content-Digest", digest); }

        return SendAsync(client, request, expected);
    }

    static async Task<JsonElement> SendAsync(HttpClient client, HttpRequestMessage request, int expected)
    {
        using (request)
        using (var answer = await client.SendAsync(request, TestContext.Current.CancellationToken))
        {
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(expected == (int)answer.StatusCode, $"{request.Method} {request.RequestUri} answered {(int)answer.StatusCode}, expected {expected}: {text}");
            return JsonDocument.Parse(text).RootElement;
        }
    }
}
