using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>Puts arguments where an action wants them: path, query, headers, body.</summary>
static class ActionRequest
{
    // The server's own, or ours to set.
    static readonly HashSet<string> s_reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "Cookie", "Host", "Connection", "Content-Length", "Content-Type", "Accept", "Transfer-Encoding", "Upgrade",
    };

    public static HttpRequestMessage Of(ToolAction action, Uri server, string? token, JsonObject arguments)
    {
        var path = action.Endpoint;
        var query = new StringBuilder();
        var body = new JsonObject();
        JsonNode? whole = null;
        var request = new HttpRequestMessage(new HttpMethod(action.Method), (Uri?)null);
        foreach (var (name, value) in arguments)
        {
            var parameter = action.Parameters.FirstOrDefault(p => p.Name == name) ?? new ActionParameter { Name = name, Type = "string" };
            switch (PlaceOf(parameter, action))
            {
                case ParameterPlace.Path: path = path.Replace($"{{{parameter.NameOnWire}}}", Segment(name, value), StringComparison.Ordinal); break;
                case ParameterPlace.Query: AddTo(query, parameter.NameOnWire, value); break;
                case ParameterPlace.Header: AddTo(request.Headers, parameter.NameOnWire, value); break;
                case ParameterPlace.WholeBody: whole = value?.DeepClone(); break;
                default: body[parameter.NameOnWire] = value?.DeepClone(); break;
            }
        }

        request.RequestUri = Address(server, path, query);
        if (action.Method != "GET" && (whole ?? (body.Count > 0 ? body : null)) is { } content) { request.Content = Json(content); }
        if (token is not null) { request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token); }
        request.Headers.Accept.ParseAdd("application/json");
        return request;
    }

    static ParameterPlace PlaceOf(ActionParameter parameter, ToolAction action) => parameter.Place switch
    {
        ParameterPlace.Unsaid when action.Endpoint.Contains($"{{{parameter.Name}}}", StringComparison.Ordinal) => ParameterPlace.Path,
        ParameterPlace.Unsaid => action.Method == "GET" ? ParameterPlace.Query : ParameterPlace.Body,
        var said => said,
    };

    static Uri Address(Uri server, string path, StringBuilder query)
    {
        if (path.Contains('{', StringComparison.Ordinal)) { throw new ToolException($"The path '{path}' still lacks a value."); }

        var root = server.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return new Uri($"{root}/{path.TrimStart('/')}{(query.Length > 0 ? "?" : "")}{query}");
    }

    // Dots would climb out of the action's path; everything else is escaped.
    static string Segment(string name, JsonNode? value)
    {
        var text = Text(value);
        return text.Length == 0 || text is "." or ".."
            ? throw new ToolException($"'{name}' is part of the path; it must not be empty, '.' or '..'.")
            : Uri.EscapeDataString(text);
    }

    static void AddTo(StringBuilder query, string name, JsonNode? value)
    {
        foreach (var one in value is JsonArray many ? [.. many] : new[] { value })
        {
            query.Append(query.Length > 0 ? "&" : "").Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(Text(one)));
        }
    }

    static void AddTo(HttpRequestHeaders headers, string name, JsonNode? value)
    {
        if (s_reserved.Contains(name)) { return; }

        var text = Text(value);
        if (text.Any(char.IsControl) || !headers.TryAddWithoutValidation(name, text)) { throw new ToolException($"'{name}' cannot be sent as a header."); }
    }

    static StringContent Json(JsonNode content) => new(content.ToJsonString(), Encoding.UTF8, "application/json");

    static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue one when one.GetValueKind() == JsonValueKind.String => one.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
