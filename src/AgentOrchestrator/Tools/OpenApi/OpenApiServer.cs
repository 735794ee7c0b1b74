using System.Text.Json;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>An HTTP service with an OpenAPI document, whose operations are tools.</summary>
/// <remarks>Safe for any number of threads. Its token goes to the origin of its configured address alone, whatever the document says.</remarks>
public sealed class OpenApiServer(ToolServerConfig config, OutboundClient client) : IToolServer
{
    static readonly string[] s_candidates = ["/openapi.json", "", "/api/openapi.json", "/docs/openapi.json"];

    static readonly TimeSpan s_lookTimeout = TimeSpan.FromSeconds(10);

    public string Name => config.Key;

    public async Task<IReadOnlyList<AIFunction>> ListAsync(CancellationToken cancellationToken = default)
    {
        var (server, actions) = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        return [.. actions.Where(action => action.Enabled).Select(action => new ActionFunction(action, server, config.Token, config.TimeoutOf(action.Id), client))];
    }

    /// <summary>The actions of the document, or of the configuration where it says so or no document is found.</summary>
    /// <exception cref="ToolException">There are neither; says what was tried.</exception>
    public async Task<IReadOnlyList<ToolAction>> ListActionsAsync(CancellationToken cancellationToken = default) =>
        (await DiscoverAsync(cancellationToken).ConfigureAwait(false)).Actions;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    async Task<(Uri Server, IReadOnlyList<ToolAction> Actions)> DiscoverAsync(CancellationToken cancel)
    {
        if (!config.AutoDiscover) { return (Address, config.Actions); }

        try
        {
            return await LookAsync(cancel).ConfigureAwait(false);
        }
        catch (ToolException) when (config.Actions.Count > 0)
        {
            return (Address, config.Actions);
        }
    }

    Uri Address => config.Url ?? throw new ToolException($"The tool server '{config.Key}' has no url.");

    async Task<(Uri Server, IReadOnlyList<ToolAction> Actions)> LookAsync(CancellationToken cancel)
    {
        var tried = new List<string>();
        foreach (var candidate in s_candidates)
        {
            var address = candidate.Length == 0 ? Address : new Uri(Address.GetLeftPart(UriPartial.Path).TrimEnd('/') + candidate);
            try
            {
                var answer = await client.GetAsync(address, config.Token, s_lookTimeout, cancel).ConfigureAwait(false);
                if (answer.IsSuccess && Document(answer.Body) is { } document)
                {
                    return (ServerOf(document, address), new OpenApiReader(document).Read());
                }

                tried.Add(answer.IsSuccess ? $"{address.AbsolutePath} is no OpenAPI document" : $"{address.AbsolutePath} answered {answer.Status}");
            }
            catch (ToolException refusal)
            {
                tried.Add($"{address.AbsolutePath}: {refusal.Message.TrimEnd('.')}");
            }
        }

        throw new ToolException($"No OpenAPI document was found at '{config.Key}': {string.Join("; ", tried)}.") { IsServersFault = true };
    }

    static JsonElement? Document(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return OpenApiReader.IsOpenApi(json.RootElement) ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A document may name a path of its own server; it cannot send the token, or the calls, anywhere else.
    Uri ServerOf(JsonElement document, Uri at)
    {
        var said = document.TryGetProperty("servers", out var servers) && servers.ValueKind == JsonValueKind.Array && servers.GetArrayLength() > 0
            && servers[0].ValueKind == JsonValueKind.Object && servers[0].TryGetProperty("url", out var url)
            ? url
            : document.TryGetProperty("basePath", out var path) ? path : default;
        if (said.ValueKind == JsonValueKind.String && Uri.TryCreate(at, said.GetString(), out var server) && IsAtHome(server)) { return server; }

        return at == Address && at.AbsolutePath.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? new Uri(at, ".") : Address;
    }

    bool IsAtHome(Uri server) =>
        Uri.Compare(server, Address, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
