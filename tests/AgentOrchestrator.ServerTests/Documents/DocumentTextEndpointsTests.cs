using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Documents;

public sealed class DocumentTextEndpointsTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("offset=0&limit=3", "0-3", "a\r\n")]
    [InlineData("offset=2&limit=3", "2-5", "\nö🎂")]
    [InlineData("offset=4", "4-6", "🎂z")]
    [InlineData("limit=99", "0-6", "a\r\nö🎂z")]
    [InlineData("offset=99&limit=1", "6-6", "")]
    public async Task Characters_are_read_as_the_bytes_that_they_are(string query, string range, string text)
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("a\r\nö🎂z"u8.ToArray(), "x.md")).Text("id");

        using var answer = await server.Client.GetAsync($"/documents/{id}?{query}", Cancel);

        Assert.Equal((206, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal(("6", range), (Assert.Single(answer.Headers.GetValues("X-Total-Chars")), Assert.Single(answer.Headers.GetValues("X-Char-Range"))));
        Assert.Equal("inline", answer.Content.Headers.ContentDisposition!.DispositionType);
    }

    [Fact]
    public async Task A_part_of_a_long_text_and_of_one_that_is_no_UTF8_is_read_by_its_bytes()
    {
        await using var server = await TestServer.StartAsync();
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => (i % 3) switch { 0 => "ö", 1 => "🎂", _ => "a" }));
        var id = (await server.Client.PushAsync(Encoding.UTF8.GetBytes(text), "long.txt")).Text("id");
        var latin = (await server.Client.PushAsync([0x61, 0xF6, 0x0D, 0x0A, 0xE9], "latin.txt")).Text("id");

        Assert.Equal("aö🎂", await server.Client.GetStringAsync(new Uri($"/documents/{id}?offset=50000&limit=3", UriKind.Relative), Cancel));
        Assert.Equal([0xF6, 0x0D], await server.Client.GetByteArrayAsync(new Uri($"/documents/{latin}?offset=1&limit=2", UriKind.Relative), Cancel));
    }

    [Theory]
    [InlineData("x.html", "text", 206, "attachment")]
    [InlineData("x.svg", "text", 206, "attachment")]
    [InlineData("Makefile", "text", 206, "inline")]
    [InlineData("x.json", "text", 206, "inline")]
    [InlineData("x.png", "\0", 400, "")]
    public async Task Only_texts_are_read_in_part_and_none_that_a_browser_runs_is_shown(string name, string text, int status, string disposition)
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync(Encoding.UTF8.GetBytes(text), name)).Text("id");

        using var answer = await server.Client.GetAsync($"/documents/{id}?limit=1", Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 400) { Assert.Contains("only supported for text", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal); }
        else { Assert.Equal(disposition, answer.Content.Headers.ContentDisposition!.DispositionType); }
    }

    [Theory]
    [InlineData("offset=-1")]
    [InlineData("limit=0")]
    [InlineData("limit=x")]
    [InlineData("offset=99999999999999999999")]
    public async Task A_part_that_cannot_be_is_refused(string query)
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("x"u8.ToArray(), "x.md")).Text("id");

        await server.Client.GetJsonAsync($"/documents/{id}?{query}", expected: 400);
    }

    [Theory]
    [InlineData("""{"old_string":"b","new_string":"ß"}""", "a\r\nß\r\nc\nc")]
    [InlineData("""{"old_string":"c","new_string":"","replace_all":true}""", "a\r\nb\r\n\n")]
    [InlineData("""{"old_string":"\r\n","new_string":"\n","replace_all":true}""", "a\nb\nc\nc")]
    [InlineData("""{"offset":0,"new_string":"🎂"}""", "🎂a\r\nb\r\nc\nc")]
    [InlineData("""{"offset":1,"length":2,"new_string":""}""", "ab\r\nc\nc")]
    [InlineData("""{"offset":9,"length":0,"new_string":"!"}""", "a\r\nb\r\nc\nc!")]
    public async Task A_part_is_changed_and_no_byte_besides(string edit, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("a\r\nb\r\nc\nc"u8.ToArray(), "x.md")).Text("id");

        var edited = await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{id}/content", edit);

        Assert.Equal(expected, await server.Client.GetStringAsync(new Uri($"/documents/{id}", UriKind.Relative), Cancel));
        Assert.Equal("2", edited.Text("version"));
        Assert.True(edited.TryGetProperty("replacements_made", out _) != edited.TryGetProperty("edit_range", out _));
    }

    [Theory]
    [InlineData("""{"old_string":"b"}""", "new_string is required")]
    [InlineData("""{"new_string":"b"}""", "Must provide old_string or offset")]
    [InlineData("""{"old_string":"a","offset":1,"new_string":"b"}""", "Cannot mix old_string and offset modes")]
    [InlineData("""{"old_string":"x","new_string":"b"}""", "old_string not found in document")]
    [InlineData("""{"old_string":"c","new_string":"b"}""", "old_string matches 2 times; use replace_all=true or provide more context")]
    [InlineData("""{"offset":-1,"new_string":"b"}""", "offset must be non-negative")]
    [InlineData("""{"offset":10,"new_string":"b"}""", "offset 10 exceeds document length 9")]
    [InlineData("""{"offset":8,"length":2,"new_string":"b"}""", "range exceeds document length (")]
    [InlineData("""{"offset":8,"length":9223372036854775807,"new_string":"b"}""", "range exceeds document length (")]
    public async Task An_edit_that_does_not_fit_is_refused_in_the_predecessors_words(string edit, string words)
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("a\r\nb\r\nc\nc"u8.ToArray(), "x.md")).Text("id");

        var refusal = await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{id}/content", edit, expected: 400);

        Assert.StartsWith(words, refusal.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("1", (await server.Client.GetJsonAsync($"/documents/{id}/metadata")).Text("version"));
    }

    [Fact]
    public async Task Bytes_are_not_edited_as_text_and_other_texts_only_by_what_they_can_hold()
    {
        await using var server = await TestServer.StartAsync();
        var bytes = (await server.Client.PushAsync([0, 1], "x.png")).Text("id");
        var latin = (await server.Client.PushAsync([0x61, 0xF6, 0x0D, 0x0A], "latin.txt")).Text("id");

        var refusal = await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{bytes}/content", new { offset = 0, new_string = "x" }, expected: 400);
        await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{latin}/content", new { old_string = "ö", new_string = "鯨" }, expected: 400);
        await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{latin}/content", new { old_string = "ö", new_string = "é" });

        Assert.Equal("Edit only supported for text content types (got: image/png)", refusal.Text("detail"));
        Assert.Equal([0x61, 0xE9, 0x0D, 0x0A], await server.Client.GetByteArrayAsync(new Uri($"/documents/{latin}", UriKind.Relative), Cancel));
    }

    [Fact]
    public async Task Three_who_edit_at_once_lose_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("start\n"u8.ToArray(), "x.md")).Text("id");

        await Task.WhenAll(Enumerable.Range(0, 3).Select(async agent =>
        {
            for (var i = 0; i < 5; i++) { await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{id}/content", new { offset = 6, new_string = $"{agent}-{i}\n" }); }
        }));

        var lines = (await server.Client.GetStringAsync(new Uri($"/documents/{id}", UriKind.Relative), Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(16, lines.Distinct().Count());
        Assert.Equal("start", lines[0]);
    }

    [Fact]
    public async Task Versions_are_listed_read_compared_and_brought_back()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Client.PushAsync("one\ntwo\n"u8.ToArray(), "x.md");
        var path = $"/documents/{first.Text("id")}";
        var second = await server.Client.CallAsync(HttpMethod.Patch, path + "/content", new { old_string = "two", new_string = "2" });

        var versions = (await server.Client.GetJsonAsync(path + "/versions")).GetProperty("versions").EnumerateArray().ToList();
        Assert.Equal(["2 6 owner:local", "1 8 owner:local"], versions.Select(kept => $"{kept.Text("version")} {kept.Text("size_bytes")} {kept.Text("written_by")}"));
        Assert.Equal("one\ntwo\n", await server.Client.GetStringAsync(new Uri(path + "/versions/1", UriKind.Relative), Cancel));
        var difference = await server.Client.GetJsonAsync(path + "/versions/1/difference");
        Assert.Equal("--- version 1\n+++ version 2\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n", difference.Text("difference"));
        Assert.Equal("", (await server.Client.GetJsonAsync(path + "/versions/1/difference?to=1")).Text("difference"));

        var restored = await server.Client.PostJsonAsync(path + "/versions/1/restore");
        Assert.Equal(("3", first.Text("checksum")), (restored.Text("version"), restored.Text("checksum")));
        using (var stale = new HttpRequestMessage(HttpMethod.Post, path + "/versions/2/restore"))
        {
            stale.Headers.TryAddWithoutValidation("If-Match", $"\"{second.Text("checksum")}\"");
            using var answer = await server.Client.SendAsync(stale, Cancel);
            Assert.Equal(412, (int)answer.StatusCode);
        }

        await server.Client.GetJsonAsync(path + "/versions/9", expected: 404);
        await server.Client.GetJsonAsync("/documents/none/versions", expected: 404);
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(server.DataDir, "documents"), "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public async Task Relations_have_the_predecessors_shape_and_words()
    {
        await using var server = await TestServer.StartAsync();
        var (a, b) = ((await server.Client.PushAsync([], "a")).Text("id"), (await server.Client.PushAsync([], "b")).Text("id"));

        var made = await server.Client.PostJsonAsync(
            "/relations", new { definition = "parent-child", from_document_id = a, to_document_id = b, from_to_note = "down" }, expected: 201);

        Assert.Equal(("True", "Relation created"), (made.Text("success"), made.Text("message")));
        Assert.Equal((a, b, "child", "down"), (made.GetProperty("from_relation").Text("document_id"), made.GetProperty("from_relation").Text("related_document_id"),
            made.GetProperty("from_relation").Text("relation_type"), made.GetProperty("from_relation").Text("note")));
        Assert.Equal("parent", made.GetProperty("to_relation").Text("relation_type"));
        var relation = made.GetProperty("from_relation").Text("id");
        Assert.Equal(relation, (await server.Client.GetJsonAsync($"/documents/{a}/relations")).GetProperty("relations").GetProperty("child")[0].Text("id"));
        Assert.Equal(relation, (await server.Client.GetJsonAsync($"/documents/{a}/metadata?include_relations=true")).GetProperty("relations").GetProperty("child")[0].Text("id"));
        var listed = (await server.Client.GetJsonAsync("/documents?include_relations=true")).EnumerateArray().ToDictionary(document => document.Text("id"));
        Assert.Equal(a, listed[b].GetProperty("relations").GetProperty("parent")[0].Text("related_document_id"));
        Assert.Equal("up", (await server.Client.CallAsync(HttpMethod.Patch, $"/relations/{relation}", new { note = "up" })).Text("note"));
        Assert.Equal(JsonValueKind.Null, (await server.Client.CallAsync(HttpMethod.Patch, $"/relations/{relation}", """{"note":null}""")).GetProperty("note").ValueKind);
        Assert.Equal(["parent-child", "related", "predecessor-successor"], (await server.Client.GetJsonAsync("/relations/definitions")).EnumerateArray().Select(one => one.Text("name")));

        foreach (var (body, status) in new (object, int)[]
        {
            (new { definition = "parent-child", from_document_id = a, to_document_id = b }, 409),
            (new { definition = "parent-child", from_document_id = b, to_document_id = a }, 409),
            (new { definition = "related", from_document_id = a, to_document_id = a }, 409),
            (new { definition = "sibling", from_document_id = a, to_document_id = b }, 400),
            (new { definition = "related", from_document_id = a, to_document_id = "doc_none" }, 404),
            (new { definition = "related", from_document_id = a }, 422),
        })
        {
            await server.Client.PostJsonAsync("/relations", body, expected: status);
        }

        Assert.Equal("Invalid relation ID format", (await server.Client.CallAsync(HttpMethod.Delete, "/relations/x", expected: 400)).Text("detail"));
        Assert.Equal(2, (await server.Client.CallAsync(HttpMethod.Delete, $"/relations/{relation}")).GetProperty("deleted_relation_ids").GetArrayLength());
        await server.Client.CallAsync(HttpMethod.Delete, $"/relations/{relation}", expected: 404);
    }

    [Fact]
    public async Task A_parent_that_is_deleted_takes_its_children_along()
    {
        await using var server = await TestServer.StartAsync();
        var (a, b) = ((await server.Client.PushAsync([], "a")).Text("id"), (await server.Client.PushAsync([], "b")).Text("id"));
        await server.Client.PostJsonAsync("/relations", new { definition = "parent-child", from_document_id = a, to_document_id = b }, expected: 201);

        var gone = await server.Client.CallAsync(HttpMethod.Delete, $"/documents/{a}");

        Assert.Equal(($"[\"{b}\",\"{a}\"]", "Deleted 2 document(s)"), (gone.GetProperty("deleted_document_ids").GetRawText(), gone.Text("message")));
    }
}
