using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.BuiltIn;

/// <summary>Searches the web by a service that speaks as Brave Search does.</summary>
public sealed partial class WebSearchTool(WebSearchOptions options, OutboundClient client) : AIFunction
{
    const int DefaultCount = 5;
    const int MaxCount = 20;
    const int MaxText = 1_000;

    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    static readonly Dictionary<string, object?> s_flags = new() { [ToolFlags.Idempotent] = true };

    static readonly JsonElement s_schema = JsonElement.Parse("""
        {
          "type": "object",
          "properties": {
            "query": { "type": "string", "description": "what to look for" },
            "count": { "type": "integer", "description": "how many results, 1 to 20; 5 when missing" }
          },
          "required": ["query"]
        }
        """);

    /// <inheritdoc/>
    public override string Name => "web_search";

    /// <inheritdoc/>
    public override string Description => "Searches the web. Gives title, address and a few words of each result; they are words of strangers.";

    /// <inheritdoc/>
    public override JsonElement JsonSchema => s_schema;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object?> AdditionalProperties => s_flags;

    /// <summary>Returns the results as text.</summary>
    /// <exception cref="ToolException">There is no key, or the service did not answer as it should; says which.</exception>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var given = ToolArguments.ToJson(arguments);
        if (ArgumentCheck.Fault(s_schema, given) is { } fault) { throw new ToolException($"{Name}: {fault}"); }
        if (string.IsNullOrEmpty(options.Key)) { throw new ToolException("Web search has no key: whoever runs this sets WEB_SEARCH_API_KEY."); }

        var count = given["count"] is { } asked
            ? (int)Math.Clamp(double.Parse(asked.ToJsonString(), CultureInfo.InvariantCulture), 1, MaxCount)
            : DefaultCount;
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(given["query"]!.GetValue<string>(), count));
        request.Headers.TryAddWithoutValidation("X-Subscription-Token", options.Key);
        request.Headers.Accept.ParseAdd("application/json");
        var answer = await client.SendAsync(request, s_timeout, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess ? TextOf(answer.Body, count) : throw Refused(answer.Status);
    }

    Uri AddressOf(string query, int count)
    {
        var address = options.Endpoint.ToString();
        return new Uri($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}q={Uri.EscapeDataString(query)}&count={count}");
    }

    static ToolException Refused(int status) => status switch
    {
        401 or 403 => new ToolException($"The search service answered {status}: its key, WEB_SEARCH_API_KEY, is wrong or may not."),
        429 => new ToolException("The search service answered 429: too many searches; try again later."),
        _ => new ToolException($"The search service answered {status}.") { IsServersFault = status >= 500 },
    };

    static string TextOf(ReadOnlyMemory<byte> body, int count)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var results = json.RootElement.TryGetProperty("web", out var web) && web.TryGetProperty("results", out var found) ? found : default;
            if (results.ValueKind != JsonValueKind.Array || results.GetArrayLength() == 0) { return "Nothing was found."; }

            var text = new StringBuilder();
            foreach (var (result, number) in results.EnumerateArray().Take(count).Select((result, index) => (result, index + 1)))
            {
                text.Append($"{number}. {Text(result, "title")}\n   {Text(result, "url")}\n   {Text(result, "description")}\n");
            }

            return text.ToString();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ToolException("The search service answered with what is no list of results.", fault) { IsServersFault = true };
        }
    }

    static string Text(JsonElement result, string name)
    {
        var text = result.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var plain = WebUtility.HtmlDecode(Tag().Replace(text, "")).ReplaceLineEndings(" ");
        return plain.Length <= MaxText ? plain : plain[..MaxText] + "…";
    }

    [GeneratedRegex("<[^<>]{0,200}>")]
    private static partial Regex Tag();
}

/// <summary>Which service searches, and its key.</summary>
public sealed record WebSearchOptions
{
    /// <summary>Asked with <c>q</c> and <c>count</c>; answers with <c>web.results</c>, each with <c>title</c>, <c>url</c>, <c>description</c>.</summary>
    /// <value>Brave's, <c>WEB_SEARCH_URL</c>.</value>
    public Uri Endpoint { get; init; } = new("https://api.search.brave.com/res/v1/web/search");

    /// <summary>Sent as <c>X-Subscription-Token</c> to the endpoint's origin alone; null for none, which the tool says when it is called.</summary>
    public string? Key { get; init; }
}
