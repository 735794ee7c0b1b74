using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Which server a client talks to, and with which token.</summary>
/// <param name="Url">Scheme, host and port, with the path under which the server lives, if any; no slash at the end.</param>
public sealed record ServerAddress(string Url, string? Token, TokenSource Source)
{
    public const string Default = "http://127.0.0.1:8765";

    const string Loopback = "http://127.0.0.1:";

    /// <summary>The port of a plain server on this machine; null for any other.</summary>
    public int? LoopbackPort => PortOf(Url);

    /// <summary><c>AGENT_ORCHESTRATOR_API_URL</c>, then <c>ORCHESTRATOR_URL</c>, then <see cref="Default"/>; the token from
    /// <c>AGENT_ORCHESTRATOR_TOKEN</c>, else from the file that the server wrote at its first start.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/> when the address is not an http or https URL.</exception>
    public static ServerAddress Find(Func<string, string?> environment, ServersFile servers)
    {
        var url = Normalize(Named(environment, "AGENT_ORCHESTRATOR_API_URL") ?? Named(environment, "ORCHESTRATOR_URL") ?? Default);
        if (Named(environment, "AGENT_ORCHESTRATOR_TOKEN") is { } given)
        {
            return new ServerAddress(url, given, TokenSource.Environment);
        }

        var kept = PortOf(url) is null ? servers.FindToken(new Uri(url)) : servers.FindToken(url);
        return kept is not null
            ? new ServerAddress(url, kept, TokenSource.File)
            : new ServerAddress(url, null, TokenSource.None);
    }

    /// <summary>Where documents are: what <c>DOC_SYNC_SCHEME</c>, <c>DOC_SYNC_HOST</c> and <c>DOC_SYNC_PORT</c> name, each with the predecessor's default;
    /// where none of them is set, the server that <see cref="Find()"/> names.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/> when they make no http or https URL.</exception>
    public static ServerAddress FindDocuments(Func<string, string?> environment, ServersFile servers)
    {
        var (scheme, host, port) = (Named(environment, "DOC_SYNC_SCHEME"), Named(environment, "DOC_SYNC_HOST"), Named(environment, "DOC_SYNC_PORT"));
        var url = scheme is null && host is null && port is null ? null : $"{scheme ?? "http"}://{host ?? "127.0.0.1"}:{port ?? "8766"}";
        return Find(name => url is not null && name is "AGENT_ORCHESTRATOR_API_URL" ? url : environment(name), servers);
    }

    public static ServerAddress Find() => Find(Environment.GetEnvironmentVariable, ServersFile.OfUser());

    static string? Named(Func<string, string?> environment, string name) =>
        environment(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    // The usual case without Uri, whose first use costs a fifth of the whole start of a command.
    static string Normalize(string text)
    {
        if (PortOf(text) is not null)
        {
            return text;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo is not "")
        {
            throw new ProductException(
                ErrorCode.Invalid, $"'{text}' is not the URL of a server; set AGENT_ORCHESTRATOR_API_URL to one such as {Default}");
        }

        return uri.Host is "localhost" ? ServersFile.KeyOf(uri) : uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    static int? PortOf(string url) =>
        url.StartsWith(Loopback, StringComparison.Ordinal) && ushort.TryParse(url.AsSpan(Loopback.Length), out var port) && port > 0
            ? port
            : null;
}

/// <summary>Where a token was found.</summary>
public enum TokenSource
{
    None,
    Environment,
    File,
}
