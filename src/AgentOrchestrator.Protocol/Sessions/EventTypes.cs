namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>The event types that the product itself writes or understands; any other snake_case word is carried through.</summary>
public static class EventTypes
{
    /// <summary>An executor took up the conversation (again). Sets the status of a session without runs.</summary>
    public const string SessionStart = "session_start";

    /// <summary>An executor let the conversation go. Sets the status of a session without runs.</summary>
    public const string SessionStop = "session_stop";

    /// <summary><c>role</c> and <c>content</c> blocks, as the model APIs have them.</summary>
    public const string Message = "message";

    /// <summary>A tool is about to be called: <c>tool_name</c>, <c>tool_input</c>, <c>tool_use_id</c>.</summary>
    public const string PreTool = "pre_tool";

    /// <summary>A tool has answered: as <c>pre_tool</c>, with <c>tool_output</c> or <c>error</c>.</summary>
    public const string PostTool = "post_tool";

    /// <summary>The result of a run: <c>result_text</c> or <c>result_data</c>, with usage.</summary>
    public const string Result = "result";

    /// <summary>Something the executor wants seen, such as a retry of a model call.</summary>
    public const string Notice = "notice";

    /// <summary>Written by the coordinator with the run row.</summary>
    public const string RunQueued = "run_queued";

    /// <summary>Written by the coordinator when a runner has started the run.</summary>
    public const string RunStart = "run_start";

    /// <summary>Written by the coordinator when a run ends well. Terminal.</summary>
    public const string RunCompleted = "run_completed";

    /// <summary>Written by the coordinator when a run fails, is lost or expires. Terminal.</summary>
    public const string RunFailed = "run_failed";

    /// <summary>Written by the coordinator when a run was stopped. Terminal.</summary>
    public const string RunStopped = "run_stopped";

    /// <summary>Written by the coordinator when a claim was given back unstarted.</summary>
    public const string RunRequeued = "run_requeued";

    /// <summary>Written by the coordinator when somebody asked a live run to stop.</summary>
    public const string RunStopping = "run_stopping";

    /// <summary>Written by the coordinator behind a log that was imported: who did it, and what the session was called before.</summary>
    public const string SessionImported = "session_imported";

    /// <summary>Written by the coordinator when a runner reports another end of a run that had ended: what was refused.</summary>
    public const string LateReport = "late_report";

    /// <summary>Written by the coordinator behind the failure that was one too many: the queued runs of its agent wait for a person.</summary>
    public const string AgentQuarantined = "agent_quarantined";

    /// <summary>In the parent's log: a child has ended.</summary>
    public const string Callback = "callback";

    /// <summary>In the child's log: its end could not be delivered, and why.</summary>
    public const string CallbackDropped = "callback_dropped";

    /// <summary>In a room's log: what a person or an agent says. Written by the coordinator alone, as the other entries of rooms.</summary>
    public const string RoomMessage = "room_message";

    /// <summary>In a room's log: to whom a message has gone, and to whom not.</summary>
    public const string RoomRouted = "room_routed";

    /// <summary>In a room's log: what people should know, such as why an agent does not answer.</summary>
    public const string RoomNotice = "room_notice";

    /// <summary>In a room's log: what names nobody goes to this agent from here on, or to the default agent again.</summary>
    public const string RoomLocked = "room_locked";

    /// <summary>In a room's log: agents know nothing of what was said above.</summary>
    public const string RoomCleared = "room_cleared";

    public static bool IsEndOfRun(string eventType) => eventType is RunCompleted or RunFailed or RunStopped;
}
