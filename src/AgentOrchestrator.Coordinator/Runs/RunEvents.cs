using System.Buffers;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>The entries that a run's moves write into its session's log, the same on every database.</summary>
public static class RunEvents
{
    /// <summary>Who acts when no person or runner does: the reaper, recovery, delivery of callbacks.</summary>
    public const string Coordinator = "coordinator";

    public static string Runner(string runnerId) => $"runner:{runnerId}";

    public static NewEvent Queued(Run run, string? actor, DateTimeOffset now)
    {
        var data = Data(json =>
        {
            json.WriteString("run_id", run.RunId);
            json.WriteString("type", WireEnum<RunType>.Text(run.Type));
            json.WriteNumber("prompt_length", run.Prompt.Length);
            json.WriteString("agent", run.AgentName);
            if (run.RetryOf is not null)
            {
                json.WriteString("retry_of", run.RetryOf);
                json.WriteNumber("retry_number", run.RetryNumber);
            }
        });
        return NewEvent.Of(EventTypes.RunQueued, new EventFields { Data = data }, now, runId: run.RunId, actor: actor);
    }

    /// <param name="run">The run as the start leaves it.</param>
    public static NewEvent Started(Run run, DateTimeOffset now)
    {
        var data = Data(json =>
        {
            json.WriteString("runner_id", run.RunnerId);
            json.WriteNumber("attempt", run.Attempt);
        });
        return NewEvent.Of(EventTypes.RunStart, new EventFields { Data = data }, now, runId: run.RunId, actor: Runner(run.RunnerId!));
    }

    /// <param name="reason">One of <see cref="StopReasons"/>; null for somebody's wish.</param>
    public static NewEvent Stopping(string runId, string? reason, string actor, DateTimeOffset now) =>
        NewEvent.Of(EventTypes.RunStopping, new EventFields { Reason = reason }, now, runId: runId, actor: actor);

    /// <param name="reason">Why the claim ended unstarted, in words.</param>
    public static NewEvent Requeued(string runId, string reason, string actor, DateTimeOffset now) =>
        NewEvent.Of(EventTypes.RunRequeued, new EventFields { Reason = reason }, now, runId: runId, actor: actor);

    /// <param name="end">As <see cref="RunEnd.From"/> gives it.</param>
    /// <param name="retryId">The run that does it again, which the same transaction queues.</param>
    public static NewEvent Ended(string runId, RunEnd end, string actor, DateTimeOffset now, string? retryId = null)
    {
        var fields = new EventFields { Reason = end.Reason, ExitCode = end.ExitCode, Usage = end.Usage };
        var (type, full) = end.Status switch
        {
            RunStatus.Completed => (EventTypes.RunCompleted, fields with { ExitCode = end.ExitCode ?? 0, Reason = "completed" }),
            RunStatus.Failed => (EventTypes.RunFailed, fields with
            {
                Error = end.Error,
                Data = retryId is null ? null : Data(json => json.WriteString("retry_run_id", retryId)),
            }),
            _ => (EventTypes.RunStopped, fields with
            {
                Data = end.Signal is null ? null : Data(json => json.WriteString("signal", end.Signal)),
            }),
        };
        return NewEvent.Of(type, full, now, runId: runId, actor: actor);
    }

    /// <summary>Behind the end that was one too many.</summary>
    public static NewEvent Quarantined(Quarantine quarantine)
    {
        var data = Data(json =>
        {
            json.WriteString("agent", quarantine.Agent);
            json.WriteNumber("failures", quarantine.Failures);
        });
        return NewEvent.Of(
            EventTypes.AgentQuarantined, new EventFields { Data = data }, quarantine.Since, runId: quarantine.RunId, actor: Coordinator);
    }

    /// <summary>Another end of a run that had ended. It says nothing of how the run stands.</summary>
    public static NewEvent Late(Run ended, RunEnd late, string actor, DateTimeOffset now)
    {
        var fields = new EventFields
        {
            Reason = late.Reason,
            Error = late.Error,
            ExitCode = late.ExitCode,
            ResultText = late.ResultText,
            ResultData = late.ResultData,
            Usage = late.Usage,
            Data = Data(json =>
            {
                json.WriteString("reported", WireEnum<RunStatus>.Text(late.Status));
                json.WriteString("stands", WireEnum<RunStatus>.Text(ended.Status));
                json.WriteNumber("attempt", ended.Attempt);
            }),
        };
        return NewEvent.Of(EventTypes.LateReport, fields, now, runId: ended.RunId, actor: actor);
    }

    /// <summary>The end that an entry of this type tells; null for another type.</summary>
    public static RunStatus? EndOf(string type) => type switch
    {
        EventTypes.RunCompleted => RunStatus.Completed,
        EventTypes.RunFailed => RunStatus.Failed,
        EventTypes.RunStopped => RunStatus.Stopped,
        _ => null,
    };

    /// <summary>For the parent's log.</summary>
    /// <param name="child">The child's run, ended.</param>
    public static NewEvent Callback(Run child, DateTimeOffset now) =>
        NewEvent.Of(
            EventTypes.Callback,
            new EventFields { Reason = WireEnum<RunStatus>.Text(child.Status), Error = child.Error, Data = ChildOf(child) },
            now,
            actor: Coordinator);

    /// <summary>For the child's log: its parent is gone.</summary>
    public static NewEvent CallbackDropped(string childRunId, string parentSessionId, DateTimeOffset now)
    {
        var data = Data(json => json.WriteString("parent_session_id", parentSessionId));
        return NewEvent.Of(
            EventTypes.CallbackDropped,
            new EventFields { Reason = "the parent session was deleted", Data = data },
            now,
            runId: childRunId,
            actor: Coordinator);
    }

    static JsonElement ChildOf(Run child) => Data(json =>
    {
        json.WriteString("child_session_id", child.SessionId);
        json.WriteString("child_session_name", child.SessionName);
        json.WriteString("child_run_id", child.RunId);
    });

    static JsonElement Data(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
