using System.Net.Http.Headers;
using System.Text;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Http;

/// <summary>Bodies that are no body of ours change nothing and are told so in the same shape.</summary>
public sealed class RequestBodyTests(RequestBodyTests.Shared shared) : IClassFixture<RequestBodyTests.Shared>
{
    const string Start = """{"type":"start_session","prompt":"p","session_name":"s"}""";

    public static TheoryData<string, string> Malformed => new()
    {
        { "empty", "" },
        { "blank", "  " },
        { "cut short", """{"type":"start_session","prompt":"p" """ },
        { "comment", """{"type":"start_session",/* c */"prompt":"p"}""" },
        { "trailing comma", """{"type":"start_session","prompt":"p",}""" },
        { "trailing data", Start + " {}" },
        { "single quotes", "{'type':'start_session'}" },
        { "NaN", """{"type":"start_session","prompt":NaN}""" },
        { "key twice", """{"type":"start_session","prompt":"p","prompt":"q"}""" },
        { "key twice by an escape", """{"type":"start_session","prompt":"p","pr\u006fmpt":"q"}""" },
        { "unknown key twice", """{"type":"start_session","prompt":"p","x":1,"x":1}""" },
        { "key twice deep down", """{"type":"start_session","prompt":"p","x":[{"a":{"b":1,"b":2}}]}""" },
        { "key twice among many", $$"""{{{string.Join(",", Enumerable.Range(0, 50).Select(i => $"\"k{i}\":{i}"))}},"k49":0}""" },
        { "33 levels", new string('[', 33) + new string(']', 33) },
        { "100,000 levels", new string('[', 100_000) },
        { "33 levels in an unknown member", $$"""{"prompt":"p","x":{{new string('[', 33)}}{{new string(']', 33)}}}""" },
        { "control character", "{\"prompt\":\"a\u0001b\"}" },
        { "lone high surrogate", """{"prompt":"\ud800"}""" },
        { "lone low surrogate", """{"prompt":"\udc00x"}""" },
        { "byte order mark", "\uFEFF" + Start },
    };

    public static TheoryData<string, string> Invalid => new()
    {
        { """{"type":"start_session","prompt":3}""", "prompt must be text" },
        { """{"type":"start_session","prompt":{}}""", "prompt must be text" },
        { """{"type":1,"prompt":"p"}""", "type: expected one of" },
        { """{"type":"begin","prompt":"p"}""", "type: expected one of" },
        { """{"type":"start_session","prompt":"p","additional_demands":[]}""", "additional_demands must be an object" },
        { """{"type":"start_session","prompt":"p","additional_demands":{"tags":"x"}}""", "additional_demands.tags must be an array" },
        { """{"type":"start_session","prompt":"p","additional_demands":{"tags":["x",2]}}""", "additional_demands.tags[1] must be text" },
        { """{"type":"start_session","prompt":"a\u0000b"}""", "prompt must not contain the NUL character" },
        { """{"type":"start_session","prompt":"p","x":{"y":["\\\u0000"]}}""", "x.y[0] must not contain the NUL character" },
        { """[]""", "the body must be an object" },
        { "\"text\"", "the body must be an object" },
        { "null", "the body must be a JSON object" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_not_one_JSON_text_is_malformed(string what, string body)
    {
        var answer = await shared.PostAsync(Bytes(body));

        Assert.NotEmpty(what);
        await answer.AssertProblemAsync(400, "malformed");
        await shared.AssertNothingHappenedAsync();
    }

    [Fact]
    public async Task Bad_UTF_8_and_other_encodings_are_malformed()
    {
        byte[][] bodies =
        [
            [.. "{\"prompt\":\""u8, 0xC0, 0x80, .. "\"}"u8], [.. "{\"prompt\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8], Encoding.Unicode.GetBytes(Start),
        ];
        foreach (var body in bodies)
        {
            await (await shared.PostAsync(body)).AssertProblemAsync(400, "malformed");
        }

        await shared.AssertNothingHappenedAsync();
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_wrong_value_is_invalid_and_its_member_is_named(string body, string detail)
    {
        var answer = await shared.PostAsync(Bytes(body));

        Assert.Contains(detail, await answer.AssertProblemAsync(422, "invalid"), StringComparison.Ordinal);
        await shared.AssertNothingHappenedAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/xml")]
    public async Task What_is_not_declared_as_JSON_is_not_read(string? type)
    {
        var answer = await shared.PostAsync(Bytes(Start), type);

        await answer.AssertProblemAsync(415, "unsupported_media_type");
        await shared.AssertNothingHappenedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_a_mebibyte_is_too_large(bool isChunked)
    {
        var answer = await shared.PostAsync(Bytes($$"""{"type":"start_session","prompt":"{{new string('a', 1024 * 1024)}}"}"""), isChunked: isChunked);

        await answer.AssertProblemAsync(413, "too_large");
        await shared.AssertNothingHappenedAsync();
    }

    [Fact]
    public async Task Unknown_members_are_ignored_and_escapes_are_read()
    {
        var answer = await shared.PostAsync(Bytes("""{"type":"start_session","prompt":"\ud83d\ude00 \\u0000 \"","unknown":{"a":[1,1.5e3,null,true]},"unknown2":"\u00e9"}"""));

        Assert.Equal(200, (int)answer.StatusCode);
        await shared.ForgetAsync();
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>One server for all rows: none of them may leave a trace.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        TestServer? _server;

        public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

        public ValueTask DisposeAsync() => _server!.DisposeAsync();

        internal async Task<HttpResponseMessage> PostAsync(byte[] body, string? type = "application/json", bool isChunked = false)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/runs") { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
            request.Headers.TransferEncodingChunked = isChunked;
            return await _server!.Client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        internal async Task AssertNothingHappenedAsync()
        {
            var sessions = await GuardedServer.ReadJsonAsync(await _server!.SendAsync(HttpMethod.Get, "/sessions"));
            Assert.Equal(0, sessions.GetProperty("sessions").GetArrayLength());
        }

        internal async Task ForgetAsync()
        {
            var sessions = await GuardedServer.ReadJsonAsync(await _server!.SendAsync(HttpMethod.Get, "/sessions"));
            foreach (var session in sessions.GetProperty("sessions").EnumerateArray())
            {
                await _server!.SendAsync(HttpMethod.Delete, $"/sessions/{session.GetProperty("session_id")}");
            }
        }
    }
}
