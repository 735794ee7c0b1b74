using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Tools that start an agent: as a new session, or with a further message to an old one.</summary>
static class RunTools
{
    static readonly ToolAnnotations s_starts = new() { ReadOnlyHint = false, DestructiveHint = false, OpenWorldHint = true };

    public static OrchestratorTool Start { get; } = new(
        "start_agent_session",
        "Starts an agent as a new session with a prompt. Waits for the result unless mode says otherwise. Inside a session, the new one is its child.",
        $$$"""
        {"type":"object","properties":{
        "prompt":{"type":"string","minLength":1,"description":"What the agent is to do."},
        "agent_name":{"type":"string","description":"The agent; see list_agent_blueprints. The runner's default when left out."},
        "agent_blueprint_name":{"type":"string","description":"The same in the older vocabulary."},
        "session_name":{"type":"string","description":"What the new session is called: letters, digits, '_' and '-', at most 60. Its id when left out."},
        "project_dir":{"type":"string","description":"The folder to work in."},
        {{{Schemas.Waiting}}}
        },"required":["prompt"],"additionalProperties":false}
        """,
        Schemas.RunAnswer,
        s_starts,
        StartAsync);

    public static OrchestratorTool Resume { get; } = new(
        "resume_agent_session",
        "Sends a further message to a session, which goes on with its conversation. Waits for the result unless mode says otherwise.",
        $$$"""
        {"type":"object","properties":{
        {{{Schemas.Session}}},
        "prompt":{"type":"string","minLength":1,"description":"The message."},
        {{{Schemas.Waiting}}}
        },"required":["prompt"],"additionalProperties":false}
        """,
        Schemas.RunAnswer,
        s_starts,
        ResumeAsync);

    static Task<ToolAnswer> StartAsync(ToolCall call) =>
        StartAsync(call, call.Arguments.Either("agent_name", "agent_blueprint_name"), call.Arguments.Text("prompt")!);

    public static Task<ToolAnswer> StartAsync(ToolCall call, string? agent, string prompt)
    {
        var run = new CreateRun
        {
            Type = RunType.StartSession,
            Prompt = prompt,
            AgentName = agent,
            SessionName = call.Arguments.Text("session_name"),
            ProjectDir = call.Arguments.Text("project_dir") ?? call.Caller.ProjectDir,
            ParentSessionId = call.Caller.Session,
            ExecutionMode = ModeOf(call),
            AdditionalDemands = call.Caller.Demands,
        };
        return RunWait.SendAsync(call, run, after: 0);
    }

    static async Task<ToolAnswer> ResumeAsync(ToolCall call)
    {
        var mode = ModeOf(call);
        var session = await call.Client.Sessions.GetAsync(call.Arguments.Session(), call.Cancel).ConfigureAwait(false);
        var run = new CreateRun
        {
            Type = RunType.ResumeSession,
            SessionId = session.SessionId,
            Prompt = call.Arguments.Text("prompt"),
            ParentSessionId = mode is ExecutionMode.AsyncCallback ? call.Caller.Session : null,
            ExecutionMode = mode,
            AdditionalDemands = call.Caller.Demands,
        };
        return await RunWait.SendAsync(call, run, session.LastSeq).ConfigureAwait(false);
    }

    /// <exception cref="ProductException">NotPossible for a callback outside of a session; Invalid for words of both vocabularies that disagree.</exception>
    static ExecutionMode ModeOf(ToolCall call)
    {
        var older = call.Arguments.Flag("callback") ? ExecutionMode.AsyncCallback
            : call.Arguments.Flag("async_mode") ? ExecutionMode.AsyncPoll
            : (ExecutionMode?)null;
        ExecutionMode? given = call.Arguments.Text("mode") is { } word && WireEnum<ExecutionMode>.TryParse(word, out var parsed) ? parsed : null;
        if (given is not null && older is not null && given != older)
        {
            throw new ProductException(ErrorCode.Invalid, "mode says something else than async_mode and callback; leave those out");
        }

        var mode = given ?? older ?? ExecutionMode.Sync;
        return mode is ExecutionMode.AsyncCallback && call.Caller.Session is null
            ? throw new ProductException(
                ErrorCode.NotPossible,
                "async_callback needs a session to call back, and this call comes from none: call with the token of a run, or name the session in the "
                + "header X-Agent-Session-Id (ao mcp: AGENT_SESSION_ID); or use async_poll")
            : mode;
    }
}
