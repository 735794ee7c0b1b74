using System.Text.Json;
using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Tools;

/// <summary>Tools, their servers and results, as the routes show them.</summary>
static class ShownAction
{
    public const string High = "high";

    public static ActionView Of(CatalogTool tool) => new()
    {
        Id = tool.Id,
        Name = tool.Action.Name,
        Description = tool.Action.Description,
        Endpoint = tool.Action.Endpoint,
        Method = tool.Action.Method,
        Parameters = [.. tool.Action.Parameters.Select(p => new ActionParameterView(p.Name, p.Type, p.Description, p.Required))],
        ResponseSchema = tool.Action.ResponseSchema,
        Enabled = tool.Action.Enabled,
        Server = tool.Server,
        InputSchema = tool.InputSchema,
        Idempotent = tool.IsIdempotent,
    };

    public static ActionCallView Of(NotedToolCall noted) => new()
    {
        Seq = noted.Seq,
        AgentName = noted.Call.Agent,
        RunId = noted.Call.RunId,
        SessionId = noted.Call.SessionId,
        Actor = noted.Call.Actor,
        Server = noted.Call.Server,
        ActionId = noted.Call.Tool,
        Outcome = noted.Call.Outcome,
        StartedAt = noted.Call.StartedAt,
        DurationMs = noted.Call.DurationMs,
        InputBytes = noted.Call.InputBytes,
        OutputBytes = noted.Call.OutputBytes,
    };

    public static ActionChangeView Of(ToolChange change) => new(change.Server, change.Tool, change.Now.Digest, Of(change.Before), Of(change.Now));

    static ActionDefinition Of(ToolDefinition definition) => new(definition.Description, definition.Schema.GetRawText());

    public static AgentActionView Of(AgentTool tool) => new() { AgentName = tool.Agent, AgentRole = tool.Role, Action = Of(tool.Tool) };

    public static ActionMatch Of(ToolMatch match) => new()
    {
        AgentName = match.Found.Agent,
        AgentRole = match.Found.Role,
        Action = Of(match.Found.Tool),
        Relevance = WordOf(match.IsByName),
    };

    public static IEnumerable<ActionMatch> Matching(IEnumerable<AgentActionView> actions, string query) =>
        from one in actions
        let isByName = ToolSearch.IsByName(query, one.Action.Id, one.Action.Name, one.Action.Description, one.AgentName)
        where isByName is not null
        select new ActionMatch { AgentName = one.AgentName, AgentRole = one.AgentRole, Action = one.Action, Relevance = WordOf(isByName.Value) };

    static string WordOf(bool isByName) => isByName ? High : "medium";

    public static ActionServerView ServerOf(ToolServerConfig server) => new(server.Name, server.KindWord, UrlOf(server));

    /// <summary>A query can be a key.</summary>
    public static string? UrlOf(ToolServerConfig server) =>
        server.Url?.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public static ActionResult Of(AgentView agent, CatalogTool tool, ToolOutcome outcome) => new()
    {
        AgentName = agent.Name,
        ActionId = tool.Id,
        ActionName = tool.Action.Name,
        Result = outcome.Result,
        Error = outcome.Error,
        Outcome = WordOf(outcome.Kind),
        Server = tool.Server,
        Untrusted = tool.IsUntrusted,
        DurationMs = (long)outcome.Duration.TotalMilliseconds,
    };

    /// <summary>Of a call that came to no tool.</summary>
    public static ActionResult Of(AgentView agent, string actionId, string server, ToolException failure) => new()
    {
        AgentName = agent.Name,
        ActionId = actionId,
        ActionName = actionId,
        Error = failure.Message,
        Outcome = WordOf(failure.IsServersFault ? ToolOutcomeKind.ServerFault : ToolOutcomeKind.Refused),
        Server = server,
        Untrusted = failure.IsServersFault,
        DurationMs = 0,
    };

    public static string WordOf<T>(T word)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());
}
