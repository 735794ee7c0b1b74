using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Tools about sessions that are there.</summary>
static class SessionTools
{
    const int DefaultPage = 100;

    static readonly ToolAnnotations s_reads = new() { ReadOnlyHint = true };

    public static OrchestratorTool List { get; } = new(
        "list_agent_sessions",
        "Lists the sessions, newest first: inside a session, that one and those below it.",
        $$$"""
        {"type":"object","properties":{
        "limit":{"type":"integer","minimum":1,"maximum":1000,"description":"At most so many; 100 when left out."},
        "cursor":{"type":"string","description":"The next_cursor of the page before."},
        {{{Schemas.ListFormat}}}
        },"additionalProperties":false}
        """,
        """{"type":"object","properties":{"result":{"type":"array","items":{"type":"object"}},"next_cursor":{"type":"string"},"error":{"type":"string"},"code":{"type":"string"}}}""",
        s_reads,
        ListAsync);

    public static OrchestratorTool Status { get; } = new(
        "get_agent_session_status",
        "How a session stands: pending, running, stopping, stopped, idle, finished, failed, or not_existent. Can wait until it has ended.",
        $$$"""
        {"type":"object","properties":{
        {{{Schemas.Session}}},
        "wait_seconds":{"type":"integer","minimum":0,"maximum":300,"description":"Wait so long at most for the end of its work."}
        },"additionalProperties":false}
        """,
        """{"type":"object","properties":{"session_id":{"type":"string"},"status":{"type":"string"},"waiting_reason":{"type":"string"},"error":{"type":"string"},"code":{"type":"string"}}}""",
        s_reads,
        StatusAsync);

    public static OrchestratorTool Result { get; } = new(
        "get_agent_session_result",
        "The result of a session that is finished.",
        $$$"""{"type":"object","properties":{{{{Schemas.Session}}}},"additionalProperties":false}""",
        Schemas.RunAnswer,
        s_reads,
        ResultAsync);

    public static OrchestratorTool Stop { get; } = new(
        "stop_agent_session",
        "Stops what a session does, and the sessions below it. It can be resumed.",
        $$$"""{"type":"object","properties":{{{{Schemas.Session}}}},"additionalProperties":false}""",
        """{"type":"object","properties":{"session_id":{"type":"string"},"session_name":{"type":"string"},"status":{"type":"string"},"message":{"type":"string"},"descendants_stopped":{"type":"integer"},"error":{"type":"string"},"code":{"type":"string"}}}""",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true },
        StopAsync);

    public static OrchestratorTool DeleteAll { get; } = new(
        "delete_all_agent_sessions",
        "Deletes every session that is not working, with everything in it. This cannot be undone.",
        Schemas.Nothing,
        """{"type":"object","properties":{"deleted_count":{"type":"integer"},"working":{"type":"array","items":{"type":"string"}},"error":{"type":"string"},"code":{"type":"string"}}}""",
        new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true },
        DeleteAllAsync);

    public static string TextOf(SessionResult result) => result.ResultText ?? result.Result ?? result.ResultData?.GetRawText() ?? "";

    /// <param name="run">Null where the result is a session's, not of one run.</param>
    public static ToolAnswer Show(string session, string text, JsonElement? data, RunView? run = null)
    {
        var cut = ToolAnswer.Cut(text);
        return ToolAnswer.Of(
            new ResultShown
            {
                SessionId = session,
                SessionName = run?.SessionName,
                RunId = run?.RunId,
                Result = cut,
                ResultData = data is { ValueKind: not JsonValueKind.Null } given && given.GetRawText().Length <= ToolAnswer.MaxText ? given : null,
            },
            McpJson.Readable.ResultShown,
            text);
    }

    static async Task<ToolAnswer> ListAsync(ToolCall call)
    {
        var page = await call.Client.Sessions.ListAsync(call.Arguments.Number("limit") ?? DefaultPage, call.Arguments.Text("cursor"), call.Cancel)
            .ConfigureAwait(false);
        var rows = page.Sessions.Select(Row).ToList();
        var text = call.Arguments.Text("response_format") switch
        {
            "markdown" => Markdown(rows),
            "json" => JsonSerializer.Serialize(new SessionsListed(rows.Count, rows), McpJson.Readable.SessionsListed),
            _ => null,
        };
        return ToolAnswer.Of(new SessionsShown(rows) { NextCursor = page.NextCursor }, McpJson.Readable.SessionsShown, text);
    }

    static SessionShown Row(SessionView session) => new()
    {
        SessionId = session.SessionId,
        SessionName = session.SessionName,
        Status = session.Status,
        WaitingReason = session.WaitingReason,
        AgentName = session.AgentName,
        ParentSessionId = session.ParentSessionId,
        ProjectDir = session.ProjectDir,
        CreatedAt = session.CreatedAt,
        LastResumedAt = session.LastResumedAt,
    };

    static string Markdown(List<SessionShown> sessions)
    {
        var text = new StringBuilder("# Agent Sessions\n\n").Append(CultureInfo.InvariantCulture, $"Found {sessions.Count} session(s)\n");
        foreach (var session in sessions)
        {
            text.Append(
                $"\n## {session.SessionName}\n- **Session ID**: {session.SessionId}\n- **Status**: {WireEnum<SessionStatus>.Text(session.Status)}\n"
                + $"- **Agent**: {session.AgentName ?? "N/A"}\n- **Project Directory**: {session.ProjectDir ?? "N/A"}\n");
        }

        return text.ToString();
    }

    static async Task<ToolAnswer> StatusAsync(ToolCall call)
    {
        var session = call.Arguments.Session();
        var seconds = call.Arguments.Number("wait_seconds") ?? 0;
        var status = await SessionWait.ForRestAsync(call, session, TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        return ToolAnswer.Of(new StatusShown(session, status.Status) { WaitingReason = status.WaitingReason }, McpJson.Readable.StatusShown);
    }

    static async Task<ToolAnswer> ResultAsync(ToolCall call)
    {
        var session = call.Arguments.Session();
        var result = await call.Client.Sessions.GetResultAsync(session, call.Cancel).ConfigureAwait(false);
        return Show(session, TextOf(result), result.ResultData);
    }

    static async Task<ToolAnswer> StopAsync(ToolCall call)
    {
        var answer = await call.Client.Sessions.StopAsync(call.Arguments.Session(), cancel: call.Cancel).ConfigureAwait(false);
        return ToolAnswer.Of(
            new StopShown(answer.SessionId, answer.SessionName, answer.Status)
            {
                Message = answer.Message,
                DescendantsStopped = answer.DescendantsStopped,
            },
            McpJson.Readable.StopShown);
    }

    static async Task<ToolAnswer> DeleteAllAsync(ToolCall call)
    {
        var sessions = (await call.Client.Sessions.ListAsync(call.Cancel).ConfigureAwait(false)).Sessions;
        var deleted = await call.Client.Sessions.DeleteAtRestAsync(sessions, call.Cancel).ConfigureAwait(false);
        return ToolAnswer.Of(
            new DeletedShown(deleted.Removed) { Working = deleted.Working.Count == 0 ? null : deleted.Working },
            McpJson.Readable.DeletedShown,
            deleted switch
            {
                _ when sessions.Count == 0 => "No sessions to delete",
                { Working.Count: 0 } => $"Deleted {deleted.Removed} session(s)",
                _ => $"Deleted {deleted.Removed} session(s); these work, or are above one that works, and stay: {string.Join(", ", deleted.Working)}",
            });
    }
}
