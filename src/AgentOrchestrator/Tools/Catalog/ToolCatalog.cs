using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>The tool servers of a program: connected to once for all agents, each of which has what it was given and nothing else.</summary>
/// <remarks>Safe for any number of threads. A call is made once, or not at all.</remarks>
public sealed class ToolCatalog : IAsyncDisposable
{
    const string OwnPrefix = "mcp__";

    static readonly ToolGrant s_nobody = new() { Agent = "" };

    readonly OutboundClient _client;
    readonly IReadOnlyList<CatalogTool> _builtIn;
    readonly IReadOnlyList<string> _reserved;
    readonly ConcurrentDictionary<(string Owner, bool IsAgentsOwn, string Key), CatalogServer> _servers = new();
    readonly ToolPins _pins;
    readonly ToolCatalogLimits _limits;
    readonly TimeProvider _time;

    /// <param name="client">The gate that all HTTP goes through.</param>
    /// <param name="builtIn">Tools of the program itself: an agent has those that its grant names.</param>
    /// <param name="pins">What tools said of themselves before.</param>
    /// <param name="limits">What servers may take.</param>
    /// <param name="time">What bounds them.</param>
    public ToolCatalog(
        OutboundClient client, IReadOnlyList<AIFunction> builtIn, ToolPins? pins = null, ToolCatalogLimits? limits = null, TimeProvider? time = null)
    {
        _client = client;
        _builtIn = [.. builtIn.Select(tool => new CatalogTool(tool.Name, tool, null))];
        _reserved = [.. builtIn.Select(tool => tool.Name)];
        _pins = pins ?? new ToolPins();
        _limits = limits ?? new ToolCatalogLimits();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>All tools of an agent. A server that cannot be asked is told beside the others.</summary>
    public async Task<Toolbox> OpenAsync(ToolGrant grant, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grant);
        var faults = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var lists = await Task.WhenAll(ServersOf(grant).Select(server => TryListAsync(grant, server, faults, cancellationToken))).ConfigureAwait(false);
        return new Toolbox([.. BuiltIn(grant), .. lists.SelectMany(list => list)], faults);
    }

    /// <summary>One tool of an agent by its id; null when it has none of that name. Only the server that it can come from is asked.</summary>
    /// <exception cref="ToolException">That server cannot be asked; says why.</exception>
    public async Task<CatalogTool?> FindAsync(ToolGrant grant, string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentNullException.ThrowIfNull(id);
        if (BuiltIn(grant).FirstOrDefault(tool => tool.Id == id) is { } own) { return own; }
        if (ServerOf(grant, id) is not { } server) { return null; }

        return (await ListAsync(grant, server, cancellationToken).ConfigureAwait(false)).FirstOrDefault(tool => tool.Id == id);
    }

    /// <summary>Which server's tool an id of that agent can be; null for none.</summary>
    public static ToolServerConfig? ServerOf(ToolGrant grant, string id)
    {
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentNullException.ThrowIfNull(id);
        return OwnOf(grant).Where(server => id.StartsWith(PrefixOf(server), StringComparison.Ordinal)).MaxBy(server => server.Key.Length) ?? grant.Assigned;
    }

    /// <summary>Under which id an agent has a tool of a server, if it has it.</summary>
    /// <param name="server">The server's key; null for the assigned server, or the program itself.</param>
    public static string IdOf(ToolGrant grant, string? server, string tool)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return server is null or CatalogTool.BuiltInServer || server == grant.Assigned?.Key ? tool : PrefixOf(server) + tool;
    }

    /// <summary>Calls a tool. Whatever goes wrong is told in the outcome.</summary>
    /// <param name="arguments">A JSON object.</param>
    /// <param name="caller">For servers that ask who calls.</param>
    public async Task<ToolOutcome> CallAsync(
        CatalogTool tool, JsonElement arguments, ToolCaller? caller = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tool);
        var since = _time.GetTimestamp();
        var (kind, result, error) = await TryCallAsync(tool, arguments, caller, cancellationToken).ConfigureAwait(false);
        return new ToolOutcome(kind, result, error, _time.GetElapsedTime(since));
    }

    /// <summary>What a server offers, to whomever it is assigned.</summary>
    /// <exception cref="ToolException">It cannot be asked; says why.</exception>
    public Task<IReadOnlyList<CatalogTool>> ListAsync(ToolServerConfig server, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        return ListAsync(s_nobody, server, cancellationToken);
    }

    /// <summary>Servers of that key are asked anew for their tools; all servers when null.</summary>
    public void Refresh(string? key = null)
    {
        foreach (var server in _servers.Values.Where(server => key is null || server.Key == key)) { server.Refresh(); }
    }

    /// <summary>Whatever lists of tools are remembered are asked for again, where the servers are not left alone.</summary>
    public void Forget()
    {
        foreach (var server in _servers.Values) { server.Forget(); }
    }

    /// <summary>How a server of all agents did when it was last asked.</summary>
    public ServerHealth HealthOf(ToolServerConfig server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return _servers.TryGetValue((server.Owner, server.IsAgentsOwn, server.Key), out var known) && known.Config.Source == server.Source
            ? known.Health
            : ServerHealth.Unknown;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values) { await server.DisposeAsync().ConfigureAwait(false); }
        _servers.Clear();
    }

    static string PrefixOf(ToolServerConfig server) => PrefixOf(server.Key);

    static string PrefixOf(string key) => ToolNames.Safe($"{OwnPrefix}{key}__");

    static IEnumerable<ToolServerConfig> ServersOf(ToolGrant grant) => grant.Assigned is { } assigned ? OwnOf(grant).Prepend(assigned) : OwnOf(grant);

    static IEnumerable<ToolServerConfig> OwnOf(ToolGrant grant) => grant.Own.Select(server => server with { Owner = grant.Agent, IsAgentsOwn = true });

    IEnumerable<CatalogTool> BuiltIn(ToolGrant grant)
    {
        var given = grant.BuiltIn.Except(grant.Denied).ToHashSet(StringComparer.Ordinal);
        return _builtIn.Where(tool => given.Contains(tool.Id));
    }

    async Task<IReadOnlyList<CatalogTool>> TryListAsync(
        ToolGrant grant, ToolServerConfig server, ConcurrentDictionary<string, string> faults, CancellationToken cancel)
    {
        try
        {
            return await ListAsync(grant, server, cancel).ConfigureAwait(false);
        }
        catch (ToolException fault)
        {
            faults[server.Key] = fault.Message;
            return [];
        }
    }

    async Task<IReadOnlyList<CatalogTool>> ListAsync(ToolGrant grant, ToolServerConfig config, CancellationToken cancel)
    {
        if (config.Kind == ToolServerKind.Stdio && _limits.NoPrograms is { } why) { throw new ToolException($"The tool server '{config.Key}' is a program: {why}"); }

        var server = await ServerAsync(config).ConfigureAwait(false);
        var tools = await server.ListAsync(cancel).ConfigureAwait(false);
        return grant.Denied.Count == 0 ? tools : [.. tools.Where(tool => !grant.Denied.Contains(tool.Id))];
    }

    async Task<CatalogServer> ServerAsync(ToolServerConfig config)
    {
        var key = (config.Owner, config.IsAgentsOwn, config.Key);
        while (true)
        {
            var known = _servers.GetOrAdd(key, _ => NewServer(config));
            if (known.Config.Source == config.Source) { return known; }
            if (_servers.TryRemove(new(key, known))) { await known.DisposeAsync().ConfigureAwait(false); }
        }
    }

    CatalogServer NewServer(ToolServerConfig config) =>
        new(config, ToolServers.Open(config, _client, _pins), config.IsAgentsOwn ? PrefixOf(config) : "", _reserved, _limits, _time);

    async Task<(ToolOutcomeKind Kind, JsonElement? Result, string? Error)> TryCallAsync(
        CatalogTool tool, JsonElement arguments, ToolCaller? caller, CancellationToken cancel)
    {
        if (ArgumentCheck.Fault(tool.Function.JsonSchema, (JsonObject)JsonNode.Parse(arguments.GetRawText())!) is { } wrong)
        {
            return (ToolOutcomeKind.Refused, null, $"{tool.Id}: {wrong}");
        }

        if (tool.Home?.Enter() is { } rests) { return (ToolOutcomeKind.Refused, null, rests.Message); }

        try
        {
            var outcome = await InvokeAsync(tool, arguments, caller, cancel).ConfigureAwait(false);
            tool.Home?.Leave(outcome.Kind is ToolOutcomeKind.ServerFault or ToolOutcomeKind.TimedOut ? outcome.Error : null);
            return outcome;
        }
        catch (OperationCanceledException)
        {
            tool.Home?.GiveUp();
            throw;
        }
    }

    async Task<(ToolOutcomeKind Kind, JsonElement? Result, string? Error)> InvokeAsync(
        CatalogTool tool, JsonElement arguments, ToolCaller? caller, CancellationToken cancel)
    {
        var timeout = tool.Home?.Config.TimeoutOf(tool.Function.Name) ?? _limits.CallTimeout;
        using var clock = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            var given = new AIFunctionArguments(arguments.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value))
            {
                Context = caller is null ? null : new Dictionary<object, object?> { [typeof(ToolCaller)] = caller },
            };
            // A tool that does not listen is left behind.
            var value = await tool.Function.InvokeAsync(given, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            return (ToolOutcomeKind.Ok, ToolResult.Of(value, _limits.MaxResultLength), null);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            return Explain(tool, clock.IsCancellationRequested && failure is OperationCanceledException ? Late(tool, timeout) : failure);
        }
    }

    static ToolException Late(CatalogTool tool, TimeSpan timeout) =>
        new($"'{tool.Id}' did not answer within {timeout.TotalSeconds:0.###} seconds. Whether it took effect is not known.") { IsTimeout = true };

    static (ToolOutcomeKind Kind, JsonElement? Result, string? Error) Explain(CatalogTool tool, Exception failure) => failure switch
    {
        ToolException { IsTimeout: true } late => (ToolOutcomeKind.TimedOut, null, late.Message),
        ToolException { IsServersFault: true } fault => (ToolOutcomeKind.ServerFault, null, fault.Message),
        ToolException said => (ToolOutcomeKind.Failed, null, said.Message),
        _ when tool.Home is null => (ToolOutcomeKind.Failed, null, failure.Message),
        _ => (ToolOutcomeKind.ServerFault, null, $"The call of '{tool.Id}' broke off in a way that nobody foresaw ({failure.GetType().Name})."),
    };
}
