using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Archives;

public sealed record ImportedSession(Session Session, long Events, long Runs);

/// <summary>Brings an exported session in: the whole file is judged first, then written.</summary>
public sealed class SessionImport(IArchiveStore store, Redactor redactor, CoordinatorOptions options, TimeProvider time)
{
    /// <param name="file">Can seek; it is read twice.</param>
    /// <param name="name">Makes a copy of that name, with ids of its own; null keeps the name and the ids.</param>
    /// <exception cref="ProductException">Invalid with the line's number; TooLarge; Conflict when the session is there already.</exception>
    public async Task<ImportedSession> RunAsync(string org, Stream file, string? name, string actor, CancellationToken cancel)
    {
        var copy = name is null ? null : Names.Require(name, "session_name");
        var judged = await JudgeAsync(file, cancel).ConfigureAwait(false);
        var runIds = judged.Runs.ToDictionary(run => run.RunId, run => copy is null ? run.RunId : Ids.NewRun());
        var session = SessionOf(org, judged, copy);
        var archive = new SessionArchive
        {
            Session = session,
            RunStartSeq = judged.RunStartSeq,
            ResultSeq = judged.ResultSeq,
            Runs = [.. judged.Runs.Select(run => RunOf(session, run, runIds, isCopy: copy is not null))],
            ReadLog = stop => ReadLogAsync(file, runIds, stop),
            Note = NoteOf(judged.Session, actor),
        };
        return new ImportedSession(await store.ImportAsync(archive, cancel).ConfigureAwait(false), judged.Events, judged.Runs.Count);
    }

    async Task<SessionFileCheck> JudgeAsync(Stream file, CancellationToken cancel)
    {
        var check = new SessionFileCheck(options);
        var lines = 0;
        await foreach (var (number, line) in SessionFile.ReadAsync(file, options.MaxImportLineBytes, cancel).ConfigureAwait(false))
        {
            check.Take(number, line);
            lines = number;
        }

        check.RequireEnd(lines);
        return check;
    }

    async IAsyncEnumerable<IReadOnlyList<ArchivedEntry>> ReadLogAsync(
        Stream file, Dictionary<string, string> runIds, [EnumeratorCancellation] CancellationToken cancel)
    {
        const int PortionBytes = 1 << 20;
        var portion = new List<ArchivedEntry>();
        var bytes = 0;
        await foreach (var (_, line) in SessionFile.ReadAsync(file, options.MaxImportLineBytes, cancel).ConfigureAwait(false))
        {
            if (line.Event is not { } logged)
            {
                continue;
            }

            var runId = logged.RunId is { } run ? runIds.GetValueOrDefault(run, run) : null;
            var entry = new ArchivedEntry(logged.Seq, logged.RecordedAt, PostedEvent.AcceptImported(logged, runId).Redacted(redactor));
            portion.Add(entry);
            bytes += entry.Event.Body.Length;
            if (portion.Count == options.RetentionBatch || bytes > PortionBytes)
            {
                yield return portion;
                portion = [];
                bytes = 0;
            }
        }

        if (portion.Count > 0)
        {
            yield return portion;
        }
    }

    /// <summary>A session that was at work when it was exported is stopped here: nothing works on it.</summary>
    static Session SessionOf(string org, SessionFileCheck file, string? copy) => new()
    {
        Org = org,
        SessionId = copy is null ? file.Session.SessionId : Ids.NewSession(),
        Name = copy ?? file.Session.SessionName,
        Status = file.Session.Status is SessionStatus.Pending or SessionStatus.Running or SessionStatus.Stopping
            ? SessionStatus.Stopped
            : file.Session.Status,
        CreatedAt = file.Session.CreatedAt,
        ProjectDir = file.Session.ProjectDir,
        AgentName = file.Session.AgentName,
        LastResumedAt = file.Session.LastResumedAt,
        ParentSessionId = file.Session.ParentSessionId,
        ExecutionMode = file.Session.ExecutionMode,
        OnParentEnd = file.Session.OnParentEnd,
        WhenBusy = file.Session.WhenBusy,
        // A copy goes on by itself: two sessions must not write into one conversation of an executor.
        ExecutorSessionId = copy is null ? file.Session.ExecutorSessionId : null,
        ExecutorType = file.Session.ExecutorType,
        Hostname = file.Session.Hostname,
        LastSeq = file.LastSeq,
        PrunedTo = file.PrunedTo,
    };

    /// <summary>Without its parent: history calls nobody back.</summary>
    Run RunOf(Session session, RunView run, Dictionary<string, string> runIds, bool isCopy) => new()
    {
        Org = session.Org,
        RunId = runIds[run.RunId],
        Type = run.Type,
        SessionId = session.SessionId,
        SessionName = session.Name,
        AgentName = run.AgentName,
        AgentRevision = run.AgentRevision,
        Prompt = redactor.Redact(run.Prompt),
        ProjectDir = run.ProjectDir,
        ExecutionMode = run.ExecutionMode,
        Demands = run.Demands,
        Status = run.Status,
        RunnerId = run.RunnerId,
        Attempt = run.Attempt,
        Error = run.Error is { } error ? redactor.Redact(error) : null,
        Reason = run.Reason,
        ExitCode = run.ExitCode,
        ResultText = run.ResultText is { } text ? redactor.Redact(text) : null,
        ResultData = run.ResultData is { } data ? redactor.Redact(data) : null,
        Usage = run.Usage,
        CreatedAt = run.CreatedAt,
        ClaimedAt = run.ClaimedAt,
        StartedAt = run.StartedAt,
        CompletedAt = run.CompletedAt,
        TimeoutAt = run.TimeoutAt,
        Priority = run.Priority,
        TimeoutSeconds = run.TimeoutSeconds,
        DeadlineAt = run.DeadlineAt,
        NotBefore = run.NotBefore,
        ExpiresAt = run.ExpiresAt,
        UseMemory = run.UseMemory,
        // A copy does again none of the runs of what it was made from.
        RetryOf = run.RetryOf is { } first ? runIds.GetValueOrDefault(first, isCopy ? null! : first) : null,
        RetryNumber = run.RetryNumber,
    };

    NewEvent NoteOf(SessionView source, string actor)
    {
        var data = JsonSerializer.SerializeToElement(
            new Dictionary<string, string> { ["session_id"] = source.SessionId, ["session_name"] = source.SessionName },
            ArchiveJson.Default.DictionaryStringString);
        return NewEvent.Of(EventTypes.SessionImported, new EventFields { Data = data }, time.GetUtcNow(), actor: actor);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
sealed partial class ArchiveJson : System.Text.Json.Serialization.JsonSerializerContext;
