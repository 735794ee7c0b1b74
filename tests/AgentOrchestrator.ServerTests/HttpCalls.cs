using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests;

/// <summary>Raw requests, as any client may send them.</summary>
static class HttpCalls
{
    /// <summary>The answer's JSON; the test fails when its status is not the expected one.</summary>
    public static async Task<JsonElement> CallAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, int expected = 200, CancellationToken cancel = default)
    {
        using var response = await client.TryAsync(method, path, body, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        Assert.True(expected == (int)response.StatusCode, $"{method} {path} answered {(int)response.StatusCode}, expected {expected}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <param name="body">JSON as text, or anything that becomes JSON.</param>
    public static Task<HttpResponseMessage> TryAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, CancellationToken cancel = default)
    {
        var request = new HttpRequestMessage(method, path)
        {
            Content = body switch
            {
                null => null,
                string text => new StringContent(text, Encoding.UTF8, "application/json"),
                _ => JsonContent.Create(body),
            },
        };
        return client.SendAsync(request, cancel == default ? TestContext.Current.CancellationToken : cancel);
    }

    public static Task<JsonElement> GetJsonAsync(this HttpClient client, string path, int expected = 200) =>
        client.CallAsync(HttpMethod.Get, path, expected: expected);

    public static Task<JsonElement> PostJsonAsync(this HttpClient client, string path, object? body = null, int expected = 200) =>
        client.CallAsync(HttpMethod.Post, path, body, expected);

    public static string Text(this JsonElement json, string member) => json.GetProperty(member).ToString();
}
