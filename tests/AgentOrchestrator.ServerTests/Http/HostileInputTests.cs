using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Http;

/// <summary>Every operation of the OpenAPI document with every bad value in every place: never a fault of ours, always problem details.</summary>
public sealed class HostileInputTests
{
    static readonly string[] s_pathValues =
    [
        "..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%5c", "a%2fb", "%00", "%0d%0aX: 1", "%C3%BC", "%FF", "%F0%9F%98%80", "%E2%80%AE", "CON", ".disabled", "agent.json",
        "'%20or%201=1--", "%25", "*", "%20", "-", "x%20", new('a', 61), new('a', 300), "%ED%A0%80",
    ];

    static readonly string[] s_queries =
    [
        "limit=-1", "limit=0", "limit=999999999999", "limit=1.5", "limit=", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=AAAA", "cursor=", "after=-1", "after=x",
        "after=9223372036854775808", "status=none", "status=", "runner_id=x", "runner_id=", "launcher_id=%00", "tags=,,", "self=maybe", "include_init=perhaps",
        "session_id=%00", "unknown=1", "x=%ZZ", "limit=%00",
    ];

    static readonly string[] s_values =
    [
        "null", "0", "-1", "1.5", "1e400", "9223372036854775808", "true", "\"\"", "\"x\"", "\"..\"", "\"a\\u0000b\"", "\"\\ud83d\\ude00\"", "\"\\u202e\"",
        "\"2026-13-45T00:00:00Z\"", "[]", "[null]", "[1]", "[\"\"]", "[{}]", "[[]]", "{}", "{\"a\":null}", "{\"\":{}}", "\"" + new string('a', 100_000) + "\"",
        new string('[', 31) + new string(']', 31), "[" + string.Join(",", Enumerable.Repeat("0", 10_000)) + "]",
    ];

    [Fact]
    public async Task No_input_makes_the_server_fail()
    {
        await using var server = await TestServer.StartAsync(
            options => options with { Coordinator = options.Coordinator with { PollTimeout = TimeSpan.FromMilliseconds(1) } });
        var document = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/openapi.json"));
        var failures = new List<string>();
        var count = 0;
        foreach (var request in Requests(document))
        {
            count++;
            if (await JudgeAsync(server, request) is { } failure)
            {
                failures.Add($"{request.Method} {request.Path} {Cut(request.Body)} → {failure}");
            }
        }

        Assert.True(failures.Count is 0, $"{failures.Count} of {count}:\n{string.Join('\n', failures.Take(40))}");
        Assert.True(count > 1_000, $"only {count} requests were made");
    }

    static IEnumerable<Request> Requests(JsonElement document)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(o => o.Name is "get" or "post" or "put" or "patch" or "delete"))
            {
                var schema = BodySchema(document, operation.Value);
                foreach (var request in PathsOf(path.Name).Concat(QueriesOf(path.Name)).Select(p => new Request(operation.Name, p, schema is null ? null : "{}")))
                {
                    yield return request;
                }

                foreach (var body in schema is null ? [] : Bodies(document, schema.Value))
                {
                    yield return new Request(operation.Name, Fill(path.Name, "none"), body);
                }
            }
        }
    }

    static IEnumerable<string> PathsOf(string path) => path.Contains('{', StringComparison.Ordinal) ? s_pathValues.Select(value => Fill(path, value)) : [];

    static IEnumerable<string> QueriesOf(string path) => s_queries.Select(query => $"{Fill(path, "none")}?{query}");

    /// <summary>One bad member at a time, beside plausible ones.</summary>
    static IEnumerable<string> Bodies(JsonElement document, JsonElement schema)
    {
        foreach (var body in s_values)
        {
            yield return body;
        }

        var members = schema.GetProperty("properties").EnumerateObject().ToDictionary(m => m.Name, m => Plausible(document, m.Value));
        foreach (var name in members.Keys)
        {
            foreach (var value in s_values)
            {
                yield return $"{{{string.Join(",", members.Select(m => $"\"{m.Key}\":{(m.Key == name ? value : m.Value)}"))}}}";
            }

            yield return $"{{{string.Join(",", members.Where(m => m.Key != name).Select(m => $"\"{m.Key}\":{m.Value}"))}}}";
        }
    }

    static string Plausible(JsonElement document, JsonElement schema)
    {
        schema = Resolve(document, schema);
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            return Plausible(document, choices.EnumerateArray().Last());
        }

        var type = schema.TryGetProperty("type", out var t) ? t.GetRawText() : "";
        return schema.TryGetProperty("enum", out var words) ? words[0].GetRawText()
            : type.Contains("string", StringComparison.Ordinal) ? schema.TryGetProperty("format", out _) ? "\"2026-01-31T12:00:00+00:00\"" : "\"some\""
            : type.Contains("integer", StringComparison.Ordinal) || type.Contains("number", StringComparison.Ordinal) ? "1"
            : type.Contains("boolean", StringComparison.Ordinal) ? "true"
            : type.Contains("array", StringComparison.Ordinal) ? "[]"
            : "{}";
    }

    static JsonElement? BodySchema(JsonElement document, JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
            ? Resolve(document, body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema"))
            : null;

    static JsonElement Resolve(JsonElement document, JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;

    static string Fill(string path, string value) =>
        string.Join('/', path.Split('/').Select(part => part.StartsWith('{') ? value : part));

    /// <summary>Null when all is well.</summary>
    static async Task<string?> JudgeAsync(TestServer server, Request request)
    {
        var since = Stopwatch.GetTimestamp();
        using var message = new HttpRequestMessage(new HttpMethod(request.Method.ToUpperInvariant()), new Uri(server.Url + request.Path.TrimStart('/'), new UriCreationOptions
        {
            DangerousDisablePathAndQueryCanonicalization = true,
        }));
        if (request.Body is not null)
        {
            message.Content = new StringContent(request.Body, Encoding.UTF8, "application/json");
        }

        using var answer = await server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var status = (int)answer.StatusCode;
        if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(10))
        {
            return $"{status} after {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s";
        }

        if (status < 400)
        {
            return null;
        }

        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return status >= 500 ? $"{status} {Cut(text)}"
            : answer.Content.Headers.ContentType?.MediaType is not "application/problem+json" && text.Length > 0 ? $"{status} without problem details: {Cut(text)}"
            : null;
    }

    static string Cut(string? text) => text is null ? "" : text.Length <= 300 ? text : text[..300] + "…";

    sealed record Request(string Method, string Path, string? Body);
}
