using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Live;

/// <summary>What these tests do over HTTP: make sessions, post events, read feeds.</summary>
static class LiveClient
{
    public static async Task CreateSessionAsync(this HttpClient http, string name, CancellationToken cancel)
    {
        using var answer = await http.PostAsync(
            "/sessions", Json($$"""{"session_id":"{{name}}","session_name":"{{name}}"}"""), cancel);
        answer.EnsureSuccessStatusCode();
    }

    public static async Task PostEventAsync(this HttpClient http, string session, string type, string text, CancellationToken cancel)
    {
        var body = $$"""{"event_type":"{{type}}","session_id":"{{session}}","session_name":"{{session}}","timestamp":"{{text}}","exit_code":0}""";
        using var answer = await http.PostAsync($"/sessions/{session}/events", Json(body), cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    public static async IAsyncEnumerable<SseItem<string>> ReadFeedAsync(
        this HttpClient http, string path, string? lastEventId, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        answer.EnsureSuccessStatusCode();
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancel))
        {
            yield return item;
        }
    }

    /// <summary>The sequences of the next events of a feed.</summary>
    public static async Task<List<long>> ReadSequencesAsync(this HttpClient http, string path, int count, CancellationToken cancel, string? lastEventId = null)
    {
        var sequences = new List<long>();
        await foreach (var item in http.ReadFeedAsync(path, lastEventId, cancel))
        {
            if (item.EventType is "event")
            {
                sequences.Add(JsonDocument.Parse(item.Data).RootElement.GetProperty("seq").GetInt64());
                if (sequences.Count == count)
                {
                    break;
                }
            }
        }

        return sequences;
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
