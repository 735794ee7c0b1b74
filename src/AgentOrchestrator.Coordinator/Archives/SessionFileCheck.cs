using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Archives;

/// <summary>Judges an exported session as its lines go by: what it accepts, a log may hold.</summary>
sealed class SessionFileCheck(CoordinatorOptions options)
{
    readonly Dictionary<string, RunStatus> _withoutEnd = [];
    readonly List<RunView> _runs = [];
    long _missingTo;
    bool _hasEnded;

    public SessionView Session { get; private set; } = null!;

    public IReadOnlyList<RunView> Runs => _runs;

    public long Events { get; private set; }

    public long LastSeq { get; private set; }

    public long PrunedTo { get; private set; }

    public long RunStartSeq { get; private set; }

    public long ResultSeq { get; private set; }

    /// <exception cref="ProductException">Invalid, with the line's number and what is wrong with it.</exception>
    public void Take(int number, SessionLine line)
    {
        try
        {
            Judge(number, line);
        }
        catch (ProductException wrong) when (wrong.Code is ErrorCode.Invalid && !wrong.Message.StartsWith("line ", StringComparison.Ordinal))
        {
            throw SessionFile.Wrong(number, wrong.Message, wrong);
        }
    }

    /// <exception cref="ProductException">Invalid when the last line is missing.</exception>
    public void RequireEnd(int lines)
    {
        if (!_hasEnded)
        {
            throw SessionFile.Wrong(lines + 1, "the file was cut short: its last line, of the kind 'end', is missing");
        }
    }

    void Judge(int number, SessionLine line)
    {
        switch (line)
        {
            case { Kind: SessionLine.OfSession, Session: { } session } when number == 1:
                TakeSession(line.Version, session);
                break;
            case var _ when number == 1:
                throw Wrong("it must be of the kind 'session'; is this an export of 'ao export'?");
            case var _ when _hasEnded:
                throw Wrong("nothing may follow the line of the kind 'end'");
            case { Kind: SessionLine.OfRun, Run: { } run } when Events == 0:
                TakeRun(run);
                break;
            case { Kind: SessionLine.OfEvent, Event: { } logged }:
                TakeEvent(logged);
                break;
            case { Kind: SessionLine.OfEnd, LastSeq: { } lastSeq, PrunedTo: { } prunedTo }:
                TakeEnd(lastSeq, prunedTo);
                break;
            default:
                throw Wrong("a run, an event or the end is expected here, in that order");
        }
    }

    void TakeSession(int? version, SessionView session)
    {
        if (version is not SessionLine.CurrentVersion)
        {
            throw Wrong($"this server reads version {SessionLine.CurrentVersion} of the format, and the file is of {version?.ToString() ?? "none"}");
        }

        Names.Require(session.SessionId, "session_id");
        Names.Require(session.SessionName, "session_name");
        FreeText.Check(session.ProjectDir, "project_dir", FreeText.MaxPathLength);
        FreeText.Check(session.ExecutorSessionId, "executor_session_id", FreeText.MaxLabelLength);
        FreeText.Check(session.ExecutorType, "executor_type", FreeText.MaxLabelLength);
        FreeText.Check(session.Hostname, "hostname", FreeText.MaxLabelLength);
        RequireName(session.AgentName);
        Session = session;
    }

    void TakeRun(RunView run)
    {
        FreeText.Require(run.RunId, "run_id", FreeText.MaxLabelLength);
        if (run.Status is not (RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped) || run.CompletedAt is null)
        {
            throw Wrong($"the run {run.RunId} had not ended; export the session again when its runs have");
        }

        if (_runs.Count == options.MaxImportedRuns)
        {
            throw Wrong($"there are more than {options.MaxImportedRuns} runs, the bound of an import");
        }

        if (!_withoutEnd.TryAdd(run.RunId, run.Status))
        {
            throw Wrong($"the run {run.RunId} is there twice");
        }

        RequireName(run.AgentName);
        FreeText.Check(run.ProjectDir, "project_dir", FreeText.MaxPathLength);
        FreeText.Check(run.RetryOf, "retry_of", FreeText.MaxLabelLength);
        if (run.Prompt.Length > options.MaxPromptLength)
        {
            throw Wrong($"the prompt of {run.RunId} is longer than {options.MaxPromptLength} characters");
        }

        _runs.Add(run);
    }

    void TakeEvent(EventView logged)
    {
        if (logged.Seq <= LastSeq)
        {
            throw Wrong($"the event {logged.Seq} stands behind the event {LastSeq}");
        }

        if (logged.Seq > LastSeq + 1)
        {
            _missingTo = logged.Seq - 1;
        }

        var accepted = PostedEvent.AcceptImported(logged, logged.RunId);
        if (logged.RunId is { } run && _withoutEnd.TryGetValue(run, out var status) && RunEvents.EndOf(logged.EventType) == status)
        {
            _withoutEnd.Remove(run);
        }

        RunStartSeq = logged.EventType is EventTypes.RunStart ? logged.Seq : RunStartSeq;
        ResultSeq = accepted.IsResult ? logged.Seq : ResultSeq;
        LastSeq = logged.Seq;
        Events++;
    }

    void TakeEnd(long lastSeq, long prunedTo)
    {
        if (lastSeq != LastSeq)
        {
            throw Wrong($"the log ends at {LastSeq}, and should at {lastSeq}: events are missing");
        }

        if (_missingTo > prunedTo)
        {
            throw Wrong($"the event {_missingTo} is missing, though the log was pruned up to {prunedTo} only");
        }

        if (_withoutEnd.Count > 0)
        {
            throw Wrong($"the log lacks the end of the run {_withoutEnd.Keys.First()}; export the session again when its runs have ended");
        }

        if (prunedTo < 0 || prunedTo > lastSeq)
        {
            throw Wrong("pruned_to must lie within the log");
        }

        (PrunedTo, _hasEnded) = (prunedTo, true);
    }

    static void RequireName(string? agent)
    {
        if (agent is not null)
        {
            Names.Require(agent, "agent_name");
        }
    }

    static ProductException Wrong(string what) => new(ErrorCode.Invalid, what);
}
