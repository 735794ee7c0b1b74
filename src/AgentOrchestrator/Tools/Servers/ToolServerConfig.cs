using AgentOrchestrator.Tools.OpenApi;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>Where a tool server is and how it is spoken to.</summary>
public sealed record ToolServerConfig
{
    /// <summary>What agents are given: the server's key in its file.</summary>
    public required string Key { get; init; }

    /// <summary>For people.</summary>
    public string Name { get => field ?? Key; init; }

    public string Description { get; init; } = "";

    public ToolServerKind Kind { get; init; } = ToolServerKind.Probe;

    /// <summary>Null for <see cref="ToolServerKind.Stdio"/>.</summary>
    public Uri? Url { get; init; }

    /// <summary>Sent as bearer token to the origin of <see cref="Url"/>, and nowhere else.</summary>
    public string? Token { get; init; }

    /// <summary>Sent to the origin of <see cref="Url"/>, and nowhere else.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>For <see cref="ToolServerKind.Stdio"/>: the program, its arguments and what is added to its environment.</summary>
    public string? Command { get; init; }

    /// <summary>What is started, as the file says it: variables stand in it by their names.</summary>
    public string? CommandLine { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the service's document is read; else <see cref="Actions"/> are all there is.</summary>
    public bool AutoDiscover { get; init; } = true;

    /// <summary>Stands in where nothing can be discovered.</summary>
    public IReadOnlyList<ToolAction> Actions { get; init; } = [];

    /// <summary>How long a call of one of its tools may take, and at most for it to say its tools; as its kind has it when null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The same by the name of a tool.</summary>
    public IReadOnlyDictionary<string, TimeSpan> ToolTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    internal TimeSpan? TimeoutOf(string tool) => ToolTimeouts.TryGetValue(tool, out var own) ? own : Timeout;

    /// <summary>What it was read from: another text is another server, whose connections are made anew.</summary>
    internal string Source { get; init; } = "";

    /// <summary>The agent that alone has it; empty for a server of all.</summary>
    internal string Owner { get; init; } = "";

    /// <summary>Whether it stands in the agent's own definition, so that its tools have its name in theirs.</summary>
    internal bool IsAgentsOwn { get; init; }

    /// <summary>What its tools are pinned under.</summary>
    internal string PinKey => Owner.Length == 0 ? Key : $"{Owner}/{Key}";

    /// <summary>The word of <c>type</c> in files and answers.</summary>
    public string KindWord => Kind switch
    {
        ToolServerKind.OpenApi => "openapi",
        ToolServerKind.Mcp => "http",
        ToolServerKind.Sse => "sse",
        ToolServerKind.Stdio => "stdio",
        ToolServerKind.Gateway => "gateway",
        _ => "mcp",
    };

    /// <summary>Without the secrets.</summary>
    public override string ToString() => $"{Key} ({Kind}): {Url?.GetLeftPart(UriPartial.Path) ?? Command}";
}

/// <summary>What a tool server speaks.</summary>
public enum ToolServerKind
{
    /// <summary>Not said: OpenAPI is tried first, then MCP.</summary>
    Probe,
    OpenApi,

    /// <summary>MCP over streamable HTTP, or over SSE where the server knows only that.</summary>
    Mcp,

    /// <summary>MCP over the older pair of an event stream and posts.</summary>
    Sse,

    /// <summary>MCP with a program that is started here.</summary>
    Stdio,

    /// <summary>A service with MCP servers behind it, which passes calls on.</summary>
    Gateway,
}
