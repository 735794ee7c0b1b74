using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Documents;

public sealed class DocumentEndpointsTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_comes_back_byte_for_byte_with_the_predecessors_members()
    {
        await using var server = await TestServer.StartAsync();

        var document = await server.Client.PushAsync("one\r\ntwo\n"u8.ToArray(), "notes.md", tags: "b, a,,b", metadata: """{"description":"d"}""");

        Assert.Matches("^doc_[0-9a-f]{24}$", document.Text("id"));
        Assert.Equal(
            ("notes.md", "text/markdown", "9", "d", $"{server.Url}documents/{document.Text("id")}"),
            (document.Text("filename"), document.Text("content_type"), document.Text("size_bytes"), document.GetProperty("metadata").Text("description"), document.Text("url")));
        Assert.Equal(["a", "b"], document.GetProperty("tags").EnumerateArray().Select(tag => tag.ToString()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("one\r\ntwo\n"u8)), document.Text("checksum"));
        Assert.Equal(JsonValueKind.Null, document.GetProperty("relations").ValueKind);

        using var read = await server.Client.GetAsync(document.Text("url"), Cancel);
        Assert.Equal("one\r\ntwo\n", await read.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(("attachment", "notes.md"), (read.Content.Headers.ContentDisposition!.DispositionType, read.Content.Headers.ContentDisposition.FileName));
        Assert.Equal($"\"{document.Text("checksum")}\"", read.Headers.ETag!.Tag);
        Assert.True(read.Content.Headers.LastModified is not null && read.Headers.AcceptRanges.Contains("bytes"));
        var shown = await server.Client.GetJsonAsync($"/documents/{document.Text("id")}/metadata");
        Assert.Equal(document.GetRawText(), shown.GetRawText());
    }

    [Theory]
    [InlineData("page.html", "text/html")]
    [InlineData("drawing.svg", "image/svg+xml")]
    public async Task What_a_browser_would_run_is_never_shown_by_it(string name, string type)
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.Client.PushAsync("<script>alert(1)</script>"u8.ToArray(), name);

        using var read = await server.Client.GetAsync($"/documents/{document.Text("id")}", Cancel);

        Assert.Equal((type, "attachment"), (read.Content.Headers.ContentType!.MediaType, read.Content.Headers.ContentDisposition!.DispositionType));
        Assert.Equal("nosniff", Assert.Single(read.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("sandbox", Assert.Single(read.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ranges_and_known_tags_cost_only_what_is_asked()
    {
        await using var server = await TestServer.StartAsync();
        var document = await server.Client.PushAsync("0123456789"u8.ToArray(), "x.txt");
        var path = $"/documents/{document.Text("id")}";

        Assert.Equal((206, "234"), await GetAsync(server, path, request => request.Headers.Range = new RangeHeaderValue(2, 4)));
        Assert.Equal((206, "89"), await GetAsync(server, path, request => request.Headers.Range = new RangeHeaderValue(null, 2)));
        Assert.Equal(416, (await GetAsync(server, path, request => request.Headers.Range = new RangeHeaderValue(20, 30))).Status);
        Assert.Equal((304, ""), await GetAsync(server, path, request => request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{document.Text("checksum")}\""))));
        Assert.Equal((200, ""), await GetAsync(server, path, request => request.Method = HttpMethod.Head));
    }

    [Fact]
    public async Task A_document_is_made_empty_written_and_written_again_only_by_who_knows_it()
    {
        await using var server = await TestServer.StartAsync();
        var made = await server.Client.PostJsonAsync("/documents", new { filename = "plan.md", tags = new[] { "a" } }, expected: 201);
        Assert.Equal(("0", JsonValueKind.Null), (made.Text("size_bytes"), made.GetProperty("checksum").ValueKind));
        Assert.Equal((200, ""), await GetAsync(server, $"/documents/{made.Text("id")}", _ => { }));

        var first = await server.Client.PutAsync(made.Text("id"), "one", expected: 200);
        var second = await server.Client.PutAsync(made.Text("id"), "two", expected: 200, ifMatch: first.Text("checksum"));
        await server.Client.PutAsync(made.Text("id"), "three", expected: 412, ifMatch: first.Text("checksum"));
        await server.Client.PutAsync(made.Text("id"), "three", expected: 400, rawIfMatch: "no tag");
        await server.Client.PutAsync("doc_none", "x", expected: 404);

        Assert.Equal(("2", "two"), (second.Text("version"), (await GetAsync(server, $"/documents/{made.Text("id")}", _ => { })).Body));
        Assert.Equal("3", (await server.Client.PutAsync(made.Text("id"), "", expected: 200, rawIfMatch: "*")).Text("version"));
    }

    [Fact]
    public async Task One_byte_over_the_limit_is_refused_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(options => options with { Coordinator = options.Coordinator with { MaxDocumentBytes = 200_000, DocumentQuota = 500_000 } });

        var whole = await server.Client.PushAsync(new byte[200_000], "whole.bin");
        await server.Client.PushAsync(new byte[200_001], "over.bin", expected: 413);
        await server.Client.PutAsync(whole.Text("id"), new string('x', 200_001), expected: 413);
        await server.Client.PushAsync(new byte[200_000], "second.bin");
        Assert.Equal("document_quota", (await server.Client.PushAsync(new byte[150_000], "more.bin", expected: 507)).Text("code"));
        await server.Client.PutAsync(whole.Text("id"), new string('x', 150_000), expected: 507);

        Assert.Equal(2, (await server.Client.GetJsonAsync("/documents")).GetArrayLength());
        Assert.Equal("application/octet-stream", whole.Text("content_type"));
        Assert.Equal(2, Contents(server).Count());
        Assert.Equal("0", (await server.Client.PushAsync([], "none")).Text("size_bytes"));
    }

    [Fact]
    public async Task Bytes_that_are_not_what_their_sender_says_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        var right = Convert.ToHexString(SHA256.HashData("text"u8));

        var document = await server.Client.PushAsync("text"u8.ToArray(), "x", checksum: right);
        var refused = await server.Client.PushAsync("texT"u8.ToArray(), "x", checksum: right, expected: 422);
        var digest = Convert.ToBase64String(SHA256.HashData("text"u8));
        await server.Client.PutAsync(document.Text("id"), "text", expected: 200, digest: $"md5=:xx:, sha-256=:{digest}:");
        await server.Client.PutAsync(document.Text("id"), "texT", expected: 422, digest: $"sha-256=:{digest}:");
        await server.Client.PutAsync(document.Text("id"), "text", expected: 400, digest: "sha-256=:nothing:");

        Assert.Equal("checksum_mismatch", refused.Text("code"));
        Assert.Equal("text/plain", document.Text("content_type"));
        Assert.Equal(2, Contents(server).Count());
    }

    [Theory]
    [InlineData("x.md", """{"a":1}""", 422, "metadata.a must be text")]
    [InlineData("x.md", """{"a":null}""", 422, "metadata.a must be text")]
    [InlineData("x.md", """["a"]""", 422, "metadata must be an object")]
    [InlineData("x.md", """{"a":"1","a":"2"}""", 400, "Invalid JSON in metadata parameter")]
    [InlineData("x.md", "{", 400, "Invalid JSON in metadata parameter")]
    [InlineData("../x.md", "", 422, "filename")]
    [InlineData("/etc/passwd", "", 422, "filename")]
    [InlineData("a\\b", "", 422, "filename")]
    [InlineData("a/./b", "", 422, "filename")]
    [InlineData("a\u202egpj.exe", "", 422, "filename")]
    [InlineData("end.", "", 422, "filename")]
    public async Task An_upload_that_is_refused_leaves_no_file_and_no_row(string name, string metadata, int status, string word)
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await server.Client.PushAsync("x"u8.ToArray(), name, metadata: metadata, expected: status);

        Assert.Contains(word, refusal.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(0, (await server.Client.GetJsonAsync("/documents")).GetArrayLength());
        Assert.Empty(Contents(server));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n", 400, "file is required")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nab", 400, "multipart")]
    [InlineData("multipart/form-data", "x", 415, "multipart")]
    [InlineData("application/json", "{}", 400, "filename is required")]
    [InlineData("application/json", """{"filename":1}""", 422, "filename must be text")]
    [InlineData("application/json", """{"filename":"x","tags":"a"}""", 422, "tags must be an array")]
    [InlineData("application/json", """{"filename":"x","metadata":{"a":[]}}""", 422, "metadata")]
    [InlineData("application/json", """{"filename":"x","tags":["a,b"]}""", 422, "comma")]
    [InlineData("text/plain", "x", 415, "JSON")]
    public async Task A_body_that_cannot_be_is_refused_in_words(string type, string body, int status, string word)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await server.Client.PostAsync("/documents", content, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(word, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Empty(Contents(server));
    }

    [Fact]
    public async Task Lists_have_all_tags_in_a_stable_order_and_pages()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (name, tags) in new[] { ("a%.md", "x,y"), ("b_.md", "x"), ("c.md", "y"), ("d.md", "x,y") }) { await server.Client.PushAsync("1"u8.ToArray(), name, tags); }

        Assert.Equal(["d.md", "a%.md"], await NamesAsync(server, "?tags=x,,y,x"));
        Assert.Equal(["a%.md"], await NamesAsync(server, "?filename=%25"));
        Assert.Equal(["b_.md"], await NamesAsync(server, "?filename=_"));
        Assert.Equal(["c.md", "b_.md"], await NamesAsync(server, "?limit=2&offset=1"));
        Assert.Equal(["d.md", "c.md", "b_.md", "a%.md"], await NamesAsync(server, ""));

        using var page = await server.Client.GetAsync("/documents?limit=3", Cancel);
        Assert.Equal(["a%.md"], await NamesAsync(server, $"?limit=3&cursor={Assert.Single(page.Headers.GetValues("X-Next-Cursor"))}"));
        foreach (var wrong in (string[])["?limit=0", "?limit=-1", "?limit=1001", "?offset=-1", "?offset=99999999999", "?cursor=x"])
        {
            await server.Client.GetJsonAsync("/documents" + wrong, expected: 400);
        }

        var counts = (await server.Client.GetJsonAsync("/documents/tags")).GetProperty("tags").EnumerateArray().Select(tag => $"{tag.Text("tag")} {tag.Text("count")}");
        Assert.Equal(["x 3", "y 3"], counts);
    }

    [Fact]
    public async Task Tags_and_metadata_are_replaced_and_a_deletion_takes_all()
    {
        await using var server = await TestServer.StartAsync();
        var id = (await server.Client.PushAsync("1"u8.ToArray(), "a.md", "x")).Text("id");

        var edited = await server.Client.CallAsync(HttpMethod.Patch, $"/documents/{id}", new { tags = new[] { "z", "y", "z" }, metadata = new { k = "v" } });
        Assert.Equal(("[\"y\",\"z\"]", "v", "a.md"), (edited.GetProperty("tags").GetRawText(), edited.GetProperty("metadata").Text("k"), edited.Text("filename")));

        var gone = await server.Client.CallAsync(HttpMethod.Delete, $"/documents/{id}");
        Assert.Equal(("True", "Deleted 1 document(s)", id), (gone.Text("success"), gone.Text("message"), gone.GetProperty("deleted_document_ids")[0].ToString()));
        await server.Client.CallAsync(HttpMethod.Delete, $"/documents/{id}", expected: 404);
        await server.Client.GetJsonAsync($"/documents/{id}", expected: 404);
        Assert.Equal(0, (await server.Client.GetJsonAsync("/documents/tags")).GetProperty("tags").GetArrayLength());
        Assert.Empty(Contents(server));
    }

    [Fact]
    public async Task Viewers_read_and_agents_write()
    {
        await using var server = await GuardedServer.StartAsync();
        var (viewer, agent) = (await server.TokenOfAsync(Role.Viewer), (await server.ClaimAsync("mine")).Token);
        var id = (await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Post, "/documents", agent, """{"filename":"x"}"""))).Text("id");

        foreach (var (method, path, token, json, status) in new (HttpMethod, string, string?, string?, int)[]
        {
            (HttpMethod.Get, $"/documents/{id}/metadata", viewer, null, 200),
            (HttpMethod.Get, $"/documents/{id}", viewer, null, 200),
            (HttpMethod.Post, "/documents", viewer, """{"filename":"x"}""", 403),
            (HttpMethod.Delete, $"/documents/{id}", viewer, null, 403),
            (HttpMethod.Get, "/documents", null, null, 401),
            (HttpMethod.Delete, $"/documents/{id}", agent, null, 200),
        })
        {
            using var answer = await server.SendAsync(method, path, token, json);
            Assert.True((int)answer.StatusCode == status, $"{method} {path} {json}: {(int)answer.StatusCode}");
        }
    }

    static IEnumerable<string> Contents(TestServer server) => Path.Combine(server.DataDir, "documents") is var folder && Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        : [];

    static async Task<IEnumerable<string>> NamesAsync(TestServer server, string query) =>
        (await server.Client.GetJsonAsync("/documents" + query)).EnumerateArray().Select(document => document.Text("filename"));

    static async Task<(int Status, string Body)> GetAsync(TestServer server, string path, Action<HttpRequestMessage> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change(request);
        using var answer = await server.Client.SendAsync(request, Cancel);
        return ((int)answer.StatusCode, answer.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable ? "" : await answer.Content.ReadAsStringAsync(Cancel));
    }
}
