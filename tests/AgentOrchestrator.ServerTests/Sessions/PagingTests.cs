using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Sessions;

public sealed class PagingTests
{
    [Fact]
    public async Task A_long_log_is_read_whole_and_in_pages_of_any_size()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync("/sessions", new { session_id = "c1" });
        const int Length = 1_234;
        foreach (var batch in Enumerable.Range(1, Length).Chunk(100))
        {
            await Task.WhenAll(batch.Select(i => server.Client.PostJsonAsync(
                "/sessions/c1/events", new { event_type = "notice", data = i })));
        }

        var whole = await SeqsAsync(server, "/sessions/c1/events");
        var paged = new List<long>();
        long? after = 0;
        while (after is { } from)
        {
            var page = await server.Client.GetJsonAsync($"/sessions/c1/events?after={from}&limit=97");
            paged.AddRange(SeqsOf(page));
            after = page.GetProperty("next_after") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        Assert.Equal(Enumerable.Range(1, Length).Select(seq => (long)seq), whole);
        Assert.Equal(whole, paged);
    }

    [Fact]
    public async Task Sessions_in_pages_are_the_same_as_in_one_list_while_new_ones_are_made()
    {
        await using var server = await TestServer.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 53).Select(i => server.Client.PostJsonAsync("/sessions", new { session_id = $"s{i}" })));
        var whole = IdsOf(await server.Client.GetJsonAsync("/sessions"));

        var paged = new List<string>();
        string? cursor = null;
        do
        {
            var page = await server.Client.GetJsonAsync($"/sessions?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}");
            paged.AddRange(IdsOf(page));
            cursor = page.GetProperty("next_cursor").GetString();
            await server.Client.PostJsonAsync("/sessions", new { session_id = $"late{paged.Count}" });
        }
        while (cursor is not null);

        Assert.Equal(whole, paged);
    }

    static async Task<List<long>> SeqsAsync(TestServer server, string path) => SeqsOf(await server.Client.GetJsonAsync(path));

    static List<long> SeqsOf(JsonElement list) =>
        [.. list.GetProperty("events").EnumerateArray().Select(entry => entry.GetProperty("seq").GetInt64())];

    static List<string> IdsOf(JsonElement list) =>
        [.. list.GetProperty("sessions").EnumerateArray().Select(session => session.Text("session_id"))];
}
