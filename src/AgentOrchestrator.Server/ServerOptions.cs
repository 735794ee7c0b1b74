using System.Net;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Server;

/// <summary>Everything that the environment, <c>.env</c> and the command line decide.</summary>
sealed record ServerOptions
{
    public const int DefaultPort = 8765;

    /// <summary>Where to listen; <c>localhost</c> is both loopback addresses, port 0 any free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [$"http://localhost:{DefaultPort}"];

    /// <summary>All state of the server.</summary>
    public required string DataDir { get; init; }

    /// <summary>The folder of agent definitions.</summary>
    public required string AgentsDir { get; init; }

    /// <summary>The folder of <c>action_servers.json</c> and <c>agent_configs</c>; the data folder when null.</summary>
    public string? ToolsDir { get; init; }

    /// <summary>Who answers what is said to nobody in particular; it cannot be deleted.</summary>
    public string DefaultAgent { get; init; } = "assistant";

    /// <summary>Loopback and private networks that tools may reach.</summary>
    /// <value>None, <c>TOOL_PRIVATE_NETWORKS</c>.</value>
    public IReadOnlyList<IPNetwork> ToolNetworks { get; init; } = [];

    /// <summary>How long one call of a tool may take, unless its server's file says.</summary>
    /// <value>2 minutes, <c>TOOL_TIMEOUT</c>.</value>
    public TimeSpan ToolTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The folder of skills that are folders.</summary>
    /// <value><c>skills</c> in the data folder, <c>AGENT_ORCHESTRATOR_SKILLS_DIR</c>.</value>
    public string SkillsFolder { get => field ?? Path.Combine(DataDir, "skills"); init; }

    /// <summary>A service that runs skills in place of this server.</summary>
    /// <value>None, <c>SKILLS_URL</c>.</value>
    public Uri? SkillsUrl { get; init; }

    /// <summary>A service with MCP servers behind it; agents can be assigned it as <c>gateway</c>.</summary>
    /// <value>None, <c>MCP_GATEWAY_URL</c>.</value>
    public Uri? GatewayUrl { get; init; }

    /// <summary>Sent to it as bearer token.</summary>
    /// <value>None, <c>MCP_GATEWAY_TOKEN</c>.</value>
    public string? GatewayToken { get; init; }

    /// <summary>Which service <c>web_search</c> asks, and its key.</summary>
    public WebSearchOptions WebSearch { get; init; } = new();

    /// <summary>What <c>${NAME}</c> can mean in files of tool servers.</summary>
    public IReadOnlyDictionary<string, string> ToolVariables { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder that runs work in when nothing else names one.</summary>
    public required string ProjectDir { get; init; }

    /// <summary>A PostgreSQL URL; SQLite in the data folder when null.</summary>
    public string? Database { get; init; }

    /// <summary>No token is asked for. Loopback only.</summary>
    public bool NoAuth { get; init; }

    /// <summary>No embedded runner.</summary>
    public bool NoRunner { get; init; }

    public CorsOrigins Cors { get; init; } = CorsOrigins.ByDefault;

    /// <summary>Names beside the loopback ones that a <c>Host</c> header may have, with or without a port.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>The most feeds that may be open at once on one token, on each node.</summary>
    /// <value>2,048, <c>MAX_FEEDS_PER_TOKEN</c>.</value>
    public int MaxFeedsPerToken { get; init; } = 2_048;

    /// <summary>The most MCP sessions at once, on each node; one more takes the place of the one that has rested longest.</summary>
    /// <value>1,000, <c>MAX_MCP_SESSIONS</c>.</value>
    public int MaxMcpSessions { get; init; } = 1_000;

    /// <summary>How long an MCP session may rest before it is forgotten; its client is told to begin another.</summary>
    /// <value>30 minutes, <c>MCP_SESSION_IDLE</c>.</value>
    public TimeSpan McpSessionIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The most connections at once.</summary>
    /// <value>16,384, <c>MAX_CONNECTIONS</c>.</value>
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>The most connections at once from one address.</summary>
    /// <value>8,192, <c>MAX_CONNECTIONS_PER_ADDRESS</c>: runners of a whole network may come from one.</value>
    public int MaxConnectionsPerAddress { get; init; } = 8_192;

    /// <summary>How many requests a second one token may make, with bursts of two seconds' worth; 0 = no limit.</summary>
    /// <value>50,000, <c>RATE_LIMIT</c>: only what runs wild meets it.</value>
    public int RateLimit { get; init; } = 50_000;

    /// <summary>Where the owner's token is left for <c>ao</c>.</summary>
    public string TokenFile { get; init; } = ServersFile.OfUser().Path;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Where the log goes; the standard output when null.</summary>
    public Stream? LogStream { get; init; }

    /// <summary>What addresses of documents begin with, without a slash at the end.</summary>
    /// <value>The address that the reader came by; <c>DOCUMENT_SERVER_PUBLIC_URL</c>.</value>
    public string? DocumentsUrl { get; init; }

    /// <summary>The OpenTelemetry collector that spans and metrics are sent to; none when null.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Values that are cut out of whatever is stored, logged and told, beside the keys of known shapes.</summary>
    public IReadOnlyList<KnownSecret> Secrets { get; init; } = [];

    /// <summary>What makes vectors of memories; null where they are found by their words alone.</summary>
    public IEmbeddingGenerator<string, Embedding<float>>? Embeddings { get; init; }

    public CoordinatorOptions Coordinator { get; init; } = new();

    /// <summary>What <see cref="Urls"/> name, each port once; port 0 stays as often as it is named.</summary>
    public IReadOnlyList<Listener> Listeners =>
        [.. Urls.SelectMany(Listener.Parse).Where(listener => listener.Port > 0).Distinct(), .. Urls.SelectMany(Listener.Parse).Where(listener => listener.Port is 0)];

    /// <exception cref="ProductException">Invalid for values that cannot be, or do not go together.</exception>
    public void Validate()
    {
        var listeners = Listeners;
        if (NoAuth && listeners.FirstOrDefault(l => !l.IsLoopback) is { } open)
        {
            throw new ProductException(
                ErrorCode.Invalid, $"--no-auth works on loopback only, and {open.Address} is reachable from elsewhere; leave one of the two out");
        }

        if (NoAuth && Cors is { IsAny: true, IsExplicit: true })
        {
            throw new ProductException(
                ErrorCode.Invalid, "CORS_ORIGINS=* with --no-auth would let every web page start programs here; list the origins instead");
        }
    }
}
