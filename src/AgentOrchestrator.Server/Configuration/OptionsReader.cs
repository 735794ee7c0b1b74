using System.Net;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Telemetry;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.BuiltIn;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Server.Configuration;

/// <summary>Puts switches, environment and defaults together; a switch wins over its variable.</summary>
static class OptionsReader
{
    const string StateFolder = ".agent-orchestrator";
    const string RetentionDisk = "RETENTION_DISK_MB";
    const string WebSearchUrl = "WEB_SEARCH_URL";
    public const string ToolNetworks = "TOOL_PRIVATE_NETWORKS";
    const string DemoAgents = "AGENT_ORCHESTRATOR_DEMO_AGENTS";

    /// <param name="folder">The working folder: defaults and relative paths start there.</param>
    /// <exception cref="ProductException">Invalid, one sentence about the first value that cannot be.</exception>
    public static ServerOptions Read(CommandLine line, Func<string, string?> environment, string folder)
    {
        var settings = new Settings(environment);
        var data = Path.GetFullPath(line.Data ?? settings.Text("AGENT_ORCHESTRATOR_DATA_DIR") ?? StateFolder, folder);
        var project = Path.GetFullPath(settings.Text("AGENT_ORCHESTRATOR_PROJECT_DIR") ?? settings.Text("PROJECT_DIR") ?? folder, folder);
        var byDefault = new ServerOptions { DataDir = data, AgentsDir = data, ProjectDir = project };
        var options = byDefault with
        {
            Urls = ReadUrls(line, settings),
            DataDir = data,
            AgentsDir = ReadAgentsDir(line, settings, data, folder),
            ProjectDir = project,
            ToolsDir = settings.Text("AGENT_ORCHESTRATOR_TOOLS_DIR") is { } tools ? Path.GetFullPath(tools, folder) : null,
            DefaultAgent = settings.Text("DEFAULT_AGENT") ?? byDefault.DefaultAgent,
            ToolNetworks = ReadNetworks(settings),
            WebSearch = ReadWebSearch(settings, byDefault.WebSearch),
            ToolTimeout = settings.Seconds("TOOL_TIMEOUT", byDefault.ToolTimeout, most: 600),
            SkillsFolder = Path.GetFullPath(settings.Text("AGENT_ORCHESTRATOR_SKILLS_DIR") ?? Path.Combine(data, "skills"), folder),
            SkillsUrl = ReadService(settings, "SKILLS_URL"),
            GatewayUrl = ReadService(settings, "MCP_GATEWAY_URL"),
            GatewayToken = settings.Text("MCP_GATEWAY_TOKEN"),
            Database = line.Database ?? settings.Text("DATABASE_URL"),
            NoAuth = line.NoAuth,
            NoRunner = line.NoRunner,
            Cors = CorsOrigins.Parse(settings.Text("CORS_ORIGINS")),
            AllowedHosts = Split(settings.Text("AGENT_ORCHESTRATOR_ALLOWED_HOSTS"), ','),
            MaxFeedsPerToken = settings.Number("MAX_FEEDS_PER_TOKEN", 1, 100_000) ?? byDefault.MaxFeedsPerToken,
            MaxMcpSessions = settings.Number("MAX_MCP_SESSIONS", 1, 100_000) ?? byDefault.MaxMcpSessions,
            McpSessionIdle = settings.Seconds("MCP_SESSION_IDLE", byDefault.McpSessionIdle),
            MaxConnections = settings.Number("MAX_CONNECTIONS", 1, 1_000_000) ?? byDefault.MaxConnections,
            MaxConnectionsPerAddress = settings.Number("MAX_CONNECTIONS_PER_ADDRESS", 1, 1_000_000) ?? byDefault.MaxConnectionsPerAddress,
            RateLimit = settings.Number("RATE_LIMIT", 0, 10_000_000) ?? byDefault.RateLimit,
            LogLevel = ReadLogLevel(settings),
            DocumentsUrl = ReadDocumentsUrl(settings),
            OtlpEndpoint = settings.Text(OtlpExport.Variable),
            Embeddings = ReadEmbeddings(settings),
            Coordinator = ReadCoordinator(settings),
        };
        if (options.Database is not null && settings.Text(RetentionDisk) is not null)
        {
            throw new ProductException(
                ErrorCode.Invalid,
                $"{RetentionDisk} bounds the data folder, and --database keeps the data elsewhere; leave one of the two out");
        }

        options.Validate();
        return options;
    }

    static IEmbeddingGenerator<string, Embedding<float>>? ReadEmbeddings(Settings settings)
    {
        try
        {
            return EmbeddingModels.Create(
                ModelVariables.OfEmbeddings.Where(name => settings.Text(name) is not null).ToDictionary(name => name, name => settings.Text(name)!));
        }
        catch (ModelException wrong)
        {
            throw new ProductException(ErrorCode.Invalid, wrong.Message, inner: wrong);
        }
    }

    /// <summary><c>--urls</c>, and the loopback port that <c>PORT</c> names; 8765 when neither is given. Beside them the one of the documents, if any.</summary>
    static string[] ReadUrls(CommandLine line, Settings settings)
    {
        var port = settings.Number("PORT", 0, 65_535);
        var urls = Split(line.Urls, ';');
        return [.. port is null && urls.Length > 0 ? urls : [$"http://localhost:{port ?? ServerOptions.DefaultPort}", .. urls], .. ReadDocumentListener(settings)];
    }

    static string[] ReadDocumentListener(Settings settings) => settings.Number("DOCUMENT_SERVER_PORT", 0, 65_535) is { } port
        ? [$"http://{(settings.Text("DOCUMENT_SERVER_HOST") is not { } host ? "localhost" : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}"]
        : [];

    static string? ReadDocumentsUrl(Settings settings) => settings.Text("DOCUMENT_SERVER_PUBLIC_URL") is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { Query: "", Fragment: "", UserInfo: "" } ? text.TrimEnd('/')
        : throw new ProductException(ErrorCode.Invalid, "DOCUMENT_SERVER_PUBLIC_URL must be an http or https address, such as https://docs.example");

    static string ReadAgentsDir(CommandLine line, Settings settings, string data, string folder) =>
        (line.AgentsDir ?? settings.Text("AGENT_ORCHESTRATOR_AGENTS_DIR")) is { } given ? Path.GetFullPath(given, folder)
        : line.Data is null && settings.Text("AGENT_ORCHESTRATOR_PROJECT_DIR") is { } project
            ? Path.Combine(Path.GetFullPath(project, folder), StateFolder, "agents")
        : Path.Combine(data, "agents");

    static Uri? ReadService(Settings settings, string name) => settings.Text(name) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { Query: "", Fragment: "", UserInfo: "" } ? url
        : throw new ProductException(ErrorCode.Invalid, $"{name} must be the http or https address of a service, such as https://skills.example");

    static IReadOnlyList<IPNetwork> ReadNetworks(Settings settings)
    {
        try
        {
            return OutboundPolicy.ReadNetworks(settings.Text(ToolNetworks));
        }
        catch (ToolException wrong)
        {
            throw new ProductException(ErrorCode.Invalid, $"{ToolNetworks}: {wrong.Message}", inner: wrong);
        }
    }

    static WebSearchOptions ReadWebSearch(Settings settings, WebSearchOptions byDefault) => new()
    {
        Key = settings.Text("WEB_SEARCH_API_KEY"),
        Endpoint = settings.Text(WebSearchUrl) is not { } text ? byDefault.Endpoint
            : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
            : throw new ProductException(ErrorCode.Invalid, $"{WebSearchUrl} must be an http or https address"),
    };

    static LogLevel ReadLogLevel(Settings settings) =>
        settings.Flag("DEBUG_LOGGING")
            ? LogLevel.Debug
            : settings.Word(
                "LOG_LEVEL", LogLevel.Information,
                ("TRACE", LogLevel.Trace), ("DEBUG", LogLevel.Debug), ("INFO", LogLevel.Information),
                ("WARNING", LogLevel.Warning), ("WARN", LogLevel.Warning), ("ERROR", LogLevel.Error), ("CRITICAL", LogLevel.Critical));

    static CoordinatorOptions ReadCoordinator(Settings settings)
    {
        var byDefault = new CoordinatorOptions();
        var lease = settings.Seconds("RUN_LEASE", byDefault.Lease, most: 3_600);
        return byDefault with
        {
            Recovery = settings.Word(
                "RUN_RECOVERY_MODE", byDefault.Recovery,
                ("stale", RecoveryMode.Stale), ("all", RecoveryMode.All), ("none", RecoveryMode.None)),
            PollTimeout = settings.Seconds("POLL_TIMEOUT", byDefault.PollTimeout, most: 600),
            HeartbeatInterval = settings.Seconds("HEARTBEAT_INTERVAL", byDefault.HeartbeatInterval, most: 3_600),
            NoMatchTimeout = settings.Seconds("RUN_NO_MATCH_TIMEOUT", byDefault.NoMatchTimeout),
            MaxLiveRuns = Bound(settings, "RUN_MAX_LIVE"),
            MaxLiveRunsPerOrg = Bound(settings, "RUN_MAX_LIVE_PER_ORG"),
            RunTimeout = settings.Number("RUN_TIMEOUT", 0, (int)byDefault.MaxRunTimeout.TotalSeconds) is > 0 and { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : null,
            RunnerStale = settings.Seconds("RUNNER_STALE_THRESHOLD", byDefault.RunnerStale),
            RunnerRemoved = settings.Seconds("RUNNER_REMOVE_THRESHOLD", byDefault.RunnerRemoved),
            RoomMaxHops = settings.Number("ROOM_MAX_HOPS", 1, 1_000) ?? byDefault.RoomMaxHops,
            RoomMaxFanOut = settings.Number("ROOM_MAX_FANOUT", 1, 1_000) ?? byDefault.RoomMaxFanOut,
            RoomMaxMessages = settings.Number("ROOM_MAX_MESSAGES", 1, 100_000) ?? byDefault.RoomMaxMessages,
            RoomMaxRepeats = settings.Number("ROOM_MAX_REPEATS", 1, 1_000) ?? byDefault.RoomMaxRepeats,
            MaxTreeDepth = settings.Number("TREE_MAX_DEPTH", 0, 60) ?? byDefault.MaxTreeDepth,
            MaxLiveChildren = settings.Number("TREE_MAX_LIVE_CHILDREN", 0, 100_000) ?? byDefault.MaxLiveChildren,
            MaxTreeCostUsd = settings.Money("TREE_MAX_COST_USD", 1_000_000) ?? byDefault.MaxTreeCostUsd,
            MaxTreeTokens = settings.Number("TREE_MAX_TOKENS", 0, int.MaxValue) ?? byDefault.MaxTreeTokens,
            MaxTreeDescendants = settings.Number("TREE_MAX_DESCENDANTS", 0, 1_000_000) ?? byDefault.MaxTreeDescendants,
            MaxAgentFailures = settings.Number("AGENT_MAX_FAILURES", 0, 1_000) ?? byDefault.MaxAgentFailures,
            AgentFailureWindow = settings.Seconds("AGENT_FAILURE_WINDOW", byDefault.AgentFailureWindow),
            HasDemoAgents = settings.Text(DemoAgents) is null || settings.Flag(DemoAgents),
            RetentionAge = settings.Number("RETENTION_DAYS", 0, 36_500) is { } days
                ? days == 0 ? null : TimeSpan.FromDays(days)
                : byDefault.RetentionAge,
            RetentionEvents = settings.Number("RETENTION_EVENTS", 0, int.MaxValue) is { } events
                ? events == 0 ? null : events
                : byDefault.RetentionEvents,
            RetentionBytes = settings.Number(RetentionDisk, 0, int.MaxValue) is { } megabytes
                ? megabytes == 0 ? null : (long)megabytes << 20
                : byDefault.RetentionBytes,
            Prices = settings.Text("MODEL_PRICES") is { } prices ? PriceFile.Read(prices) : byDefault.Prices,
            AuditEntries = settings.Number("AUDIT_ENTRIES", 1_000, int.MaxValue) ?? byDefault.AuditEntries,
            MaxMemoriesPerScope = settings.Number("MEMORY_PER_SCOPE", 1, 1_000_000) ?? byDefault.MaxMemoriesPerScope,
            MemoryAge = settings.Number("MEMORY_DAYS", 0, 36_500) is > 0 and { } memoryDays ? TimeSpan.FromDays(memoryDays) : null,
            MaxDocumentBytes = settings.Number("DOCUMENT_MAX_MB", 1, int.MaxValue) is { } most ? (long)most << 20 : byDefault.MaxDocumentBytes,
            DocumentQuota = settings.Number("DOCUMENT_QUOTA_MB", 1, int.MaxValue) is { } quota ? (long)quota << 20 : byDefault.DocumentQuota,
            MaxDocumentVersions = settings.Number("DOCUMENT_VERSIONS", 1, 10_000) ?? byDefault.MaxDocumentVersions,
            ToolCallAge = settings.Number("TOOL_CALL_DAYS", 0, 36_500) is { } callDays
                ? callDays == 0 ? null : TimeSpan.FromDays(callDays)
                : byDefault.ToolCallAge,
            Lease = lease,
            RenewInterval = lease / 3,
        };
    }

    /// <summary>0 says that there is none.</summary>
    static int? Bound(Settings settings, string name) => settings.Number(name, 0, 1_000_000) is > 0 and { } bound ? bound : null;

    static string[] Split(string? text, char separator) =>
        text?.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
