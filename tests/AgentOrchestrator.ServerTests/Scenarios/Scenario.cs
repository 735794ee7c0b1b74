using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Scenarios;

/// <summary>A file of requests and expected answers, played against a server in order.</summary>
static class Scenario
{
    const string Suffix = ".http";

    static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The files beside the tests, by their place: <c>Runs.stop</c>.</summary>
    public static IEnumerable<string> Names =>
        typeof(Scenario).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name["AgentOrchestrator.ServerTests.".Length..^Suffix.Length])
            .Order(StringComparer.Ordinal);

    public static async Task PlayAsync(string name, HttpClient client, CancellationToken cancel)
    {
        var values = new Dictionary<string, string>();
        foreach (var step in Step.ParseAll(Read(name)))
        {
            await PlayAsync(step, name, values, client, cancel);
        }
    }

    static async Task PlayAsync(Step step, string name, Dictionary<string, string> values, HttpClient client, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new HttpMethod(step.Method), Fill(step.Path, values));
        if (step.Body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fill(step.Body, values)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (header, value) in step.Headers)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        using var response = await client.SendAsync(request, cancel);
        var body = await response.Content.ReadAsStringAsync(cancel);
        var plain = body.Length == 0 ? "" : JsonSerializer.Serialize(JsonDocument.Parse(body).RootElement, s_plain);
        var where = $"{name}, line {step.Line}: {step.Method} {step.Path} answered {(int)response.StatusCode} {plain}";

        Assert.True(step.Status == (int)response.StatusCode, $"{where}\nexpected {step.Status}");
        Assert.All(step.Has, text => Assert.True(plain.Contains(Fill(text, values), StringComparison.Ordinal), $"{where}\nlacks {text}"));
        Assert.All(step.Lacks, text => Assert.False(plain.Contains(Fill(text, values), StringComparison.Ordinal), $"{where}\nhas {text}"));
        if (step.Status >= 400)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }

        foreach (var (member, kept) in step.Keeps)
        {
            values[kept] = Find(JsonDocument.Parse(body).RootElement, member) ?? throw new KeyNotFoundException($"{where}\nhas no {member}");
        }
    }

    static string Read(string name)
    {
        using var stream = typeof(Scenario).Assembly.GetManifestResourceStream($"AgentOrchestrator.ServerTests.{name}{Suffix}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    static string Fill(string text, Dictionary<string, string> values) =>
        values.Aggregate(text, (filled, value) => filled.Replace($"{{{value.Key}}}", value.Value, StringComparison.Ordinal));

    /// <summary>The first member of that name, at any depth.</summary>
    static string? Find(JsonElement element, string member) => element.ValueKind switch
    {
        JsonValueKind.Object => element.TryGetProperty(member, out var found)
            ? found.ToString()
            : element.EnumerateObject().Select(inner => Find(inner.Value, member)).FirstOrDefault(text => text is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(inner => Find(inner, member)).FirstOrDefault(text => text is not null),
        _ => null,
    };
}
