using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ServerTests.BadInput;

/// <summary>What is thrown at every operation.</summary>
/// <param name="fill">Turns a route's template into a path that exists.</param>
sealed class Mutations(Func<string, string> fill, string runnerId)
{
    static readonly string[] s_badSegments =
    [
        "nobody", "..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "%0a", "%ff", "%ed%a0%80", "a%20b", "-", "_", "%F0%9F%98%80", "'%20OR%201=1",
        new('a', 61), new('a', 4_000),
    ];

    static readonly string[] s_badQueries =
    [
        "limit=-1", "limit=0", "limit=1e3", "limit=99999999999999999999", "limit=", "limit=1&limit=2", "after=-1", "after=x", "after=9223372036854775808",
        "cursor=%00", "cursor=AAAA&limit=1", "cursor=" + "QUJD", "status=%27", "status=", "self=perhaps", "runner_id=", "launcher_id=%00", "session_id=%00",
        "limit=%F0%9F%98%80",
    ];

    /// <summary>Raw bodies that are no JSON object of ours, whatever the operation.</summary>
    static readonly (string What, byte[] Body)[] s_badBodies =
    [
        ("cut short", "{"u8.ToArray()),
        ("an array", "[]"u8.ToArray()),
        ("null", "null"u8.ToArray()),
        ("a number", "7"u8.ToArray()),
        ("a text", "\"x\""u8.ToArray()),
        ("trailing data", "{}{}"u8.ToArray()),
        ("a comment", "{/*x*/}"u8.ToArray()),
        ("a trailing comma", "{\"a\":1,}"u8.ToArray()),
        ("NaN", "{\"a\":NaN}"u8.ToArray()),
        ("not UTF-8", [.. "{\"a\":\""u8, 0xff, 0xfe, .. "\"}"u8]),
        ("UTF-16", Encoding.Unicode.GetBytes("{}")),
        ("nested too deep", Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 40)}{new string(']', 40)}}}")),
        ("nested far too deep", Encoding.UTF8.GetBytes(new string('[', 100_000))),
        ("too large", Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 1024 * 1024)}\"}}")),
    ];

    /// <summary>Values for one member. Certain = no member of ours takes it.</summary>
    static readonly (string What, string Json)[] s_badValues =
    [
        ("null", "null"), ("a number", "7"), ("a fraction", "1.5"), ("beyond any number", "1e400"), ("beyond 64 bits", "9223372036854775808"), ("-1", "-1"),
        ("true", "true"), ("empty text", "\"\""), ("blanks", "\"  \""), ("an array", "[]"), ("an array of null", "[null]"), ("an array of numbers", "[7]"),
        ("an object", "{}"), ("an object of nonsense", "{\"x\":[1]}"), ("NUL", "\"a\\u0000b\""), ("half a surrogate pair", "\"\\ud800\""),
        ("half a pair deep inside", "[{\"x\":\"\\udc00\"}]"), ("traversal", "\"../../etc/passwd\""), ("markup", "\"<script>\""), ("SQL", "\"'; DROP TABLE runs; --\""),
        ("huge", $"\"{new string('h', 600_000)}\""), ("nested 30 deep", $"{new string('[', 30)}{new string(']', 30)}"), ("__proto__", "{\"__proto__\":{}}"),
    ];

    public IEnumerable<BadRequest> Of(Operation operation)
    {
        var path = fill(operation.Template);
        return [.. OfPath(operation), .. OfQuery(operation, path), .. operation.Body is null ? [] : OfBody(operation, path)];
    }

    static bool IsOpenEnded(Operation operation) => operation.Template is "/" or "/health" or "/health/ready" or "/openapi.json";

    IEnumerable<BadRequest> OfPath(Operation operation)
    {
        if (operation.Template.IndexOf('{', StringComparison.Ordinal) is var start && start < 0)
        {
            yield break;
        }

        foreach (var segment in s_badSegments)
        {
            var end = operation.Template.IndexOf('}', StringComparison.Ordinal);
            yield return new BadRequest(
                operation.Method, operation.Template[..start] + segment + operation.Template[(end + 1)..], $"path segment {segment[..Math.Min(segment.Length, 30)]}", false)
            {
                Body = operation.Body is null ? null : Encoding.UTF8.GetBytes(operation.Example(runnerId).ToJsonString()),
            };
        }
    }

    static IEnumerable<BadRequest> OfQuery(Operation operation, string path) =>
        operation.Method is "GET" && !IsOpenEnded(operation)
            ? s_badQueries.Select(query => new BadRequest(operation.Method, $"{path}?{query}", "query", false))
            : [];

    IEnumerable<BadRequest> OfBody(Operation operation, string path)
    {
        foreach (var (what, body) in s_badBodies)
        {
            yield return new BadRequest(operation.Method, path, what, true) { Body = body };
        }

        var example = operation.Example(runnerId);
        var valid = Encoding.UTF8.GetBytes(example.ToJsonString());
        yield return new BadRequest(operation.Method, path, "as text", true) { Body = valid, MediaType = "text/plain" };
        yield return new BadRequest(operation.Method, path, "as a form", true) { Body = valid, MediaType = "application/x-www-form-urlencoded" };
        yield return new BadRequest(operation.Method, path, "without a media type", true) { Body = valid, MediaType = null };
        foreach (var name in operation.Members)
        {
            foreach (var (what, json) in s_badValues)
            {
                yield return new BadRequest(operation.Method, path, $"{name}: {what}", false) { Body = With(example, name, json) };
            }

            if (example.ContainsKey(name))
            {
                yield return new BadRequest(operation.Method, path, $"{name} twice", true) { Body = Twice(example, name) };
                yield return new BadRequest(operation.Method, path, $"without {name}", false) { Body = Without(example, name) };
            }
        }
    }

    // Text and not nodes: some of these values are no text that .NET can hold.
    static byte[] With(JsonObject example, string member, string json) =>
        Encoding.UTF8.GetBytes("{" + string.Join(',', Members(example, member).Append($"\"{member}\":{json}")) + "}");

    static byte[] Without(JsonObject example, string member) => Encoding.UTF8.GetBytes("{" + string.Join(',', Members(example, member)) + "}");

    static byte[] Twice(JsonObject example, string member) =>
        Encoding.UTF8.GetBytes($"{{\"{member}\":{example[member]!.ToJsonString()},{example.ToJsonString()[1..]}");

    static IEnumerable<string> Members(JsonObject example, string except) =>
        example.Where(pair => pair.Key != except).Select(pair => $"{JsonSerializer.Serialize(pair.Key)}:{pair.Value!.ToJsonString()}");
}
