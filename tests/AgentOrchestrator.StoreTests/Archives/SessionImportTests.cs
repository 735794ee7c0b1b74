using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.StoreTests.Sessions;

namespace AgentOrchestrator.StoreTests.Archives;

public abstract class SessionImportTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    const int Events = 1_200;

    SessionImport Import => new(Fixture.Stores.Archives, Redactor.OfShapes, Fixture.Options, Time);

    [Fact]
    public async Task A_session_arrives_with_its_runs_its_log_and_who_brought_it()
    {
        var imported = await RunAsync(Lines());

        Assert.Equal((Events, 1L), (imported.Events, imported.Runs));
        var session = (await Sessions.FindAsync(Org, "Source", Cancel))!;
        Assert.Equal(("ses_source", SessionStatus.Finished, Events + 1L), (session.SessionId, session.Status, session.LastSeq));
        var log = new List<LogEntry>();
        while (await Sessions.ReadAsync(Org, "ses_source", log.Count, 500, Cancel) is { Count: > 0 } page)
        {
            log.AddRange(page);
        }

        Assert.Equal(Enumerable.Range(1, Events + 1).Select(n => (long)n), log.Select(entry => entry.Seq));
        Assert.All(log, entry => Assert.True(entry.IsWhole()));
        Assert.Equal("note 7", log[6].ReadFields().Reason);
        Assert.Equal(At(7), log[6].RecordedAt);
        Assert.Equal((EventTypes.SessionImported, "person:me"), (log[^1].Type, log[^1].Actor));
        Assert.Equal(300_000, log[2].ReadFields().Reason!.Length);
        Assert.Equal("done", (await Sessions.FindResultAsync(Org, "ses_source", Cancel))!.ReadFields().ResultText);
        var run = (await Runs.FindAsync(Org, "run_source", Cancel))!;
        Assert.Equal((RunStatus.Completed, "go", At(Events), false), (run.Status, run.Prompt, run.CompletedAt, run.UseMemory));
        Assert.Equal("ses_source", (await Sink.WaitForAsync<Coordinator.SessionCreated>()).Session.SessionId);
        await Fixture.RestartAsync();
        Assert.Equal(Events + 2, (await AppendAsync("ses_source", Note("goes on"))).LastSeq);
    }

    [Fact]
    public async Task The_same_file_again_is_refused_and_under_another_name_it_is_a_copy()
    {
        await RunAsync(Lines());

        Assert.Equal("session_exists", (await RefusedAsync(ErrorCode.Conflict, () => RunAsync(Lines()))).Reason);
        var copy = (await RunAsync(Lines(), "copy")).Session;

        Assert.NotEqual("ses_source", copy.SessionId);
        var log = await LogAsync(copy.SessionId);
        var run = Assert.Single(log.Select(entry => entry.RunId).OfType<string>().Distinct());
        Assert.Equal(copy.SessionId, (await Runs.FindAsync(Org, run, Cancel))!.SessionId);
        Assert.Equal("ses_source", (await Runs.FindAsync(Org, "run_source", Cancel))!.SessionId);
    }

    [Fact]
    public async Task A_run_that_another_session_has_is_refused_and_nothing_stays()
    {
        await RunAsync(Lines());
        await Sessions.UpdateAsync(Org, "Source", new SessionPatch { Name = "renamed" }, Cancel);
        var other = Lines().Select(line => line.Replace("ses_source", "ses_other", StringComparison.Ordinal)).ToList();

        Assert.Equal("run_exists", (await RefusedAsync(ErrorCode.Conflict, () => RunAsync(other))).Reason);

        Assert.Null(await Sessions.FindAsync(Org, "ses_other", Cancel));
        Assert.Empty(await LogAsync("ses_other"));
    }

    [Fact]
    public async Task A_log_that_was_pruned_keeps_its_gap()
    {
        var pruned = Lines().Where((line, i) => i is < 2 or > 11).ToList();
        pruned[^1] = Line(new SessionLine { Kind = SessionLine.OfEnd, LastSeq = Events, PrunedTo = 10 });

        await RunAsync(pruned);

        Assert.Equal(10, (await Sessions.FindAsync(Org, "Source", Cancel))!.PrunedTo);
        Assert.Equal(11, (await LogAsync("ses_source"))[0].Seq);
    }

    [Fact]
    public async Task An_import_that_breaks_off_leaves_nothing()
    {
        var archive = Interrupted(() => throw new IOException("the disk is gone"));

        await Assert.ThrowsAsync<IOException>(() => Fixture.Stores.Archives.ImportAsync(archive, Cancel));

        Assert.Null(await Sessions.FindAsync(Org, "Source", Cancel));
        Assert.Empty(await LogAsync("ses_source"));
        Assert.Equal(Events, (await RunAsync(Lines())).Events);
    }

    [Theory]
    [InlineData(0, "kind", "\"x\"", "line 1: it must be of the kind 'session'")]
    [InlineData(0, "version", "2", "line 1: this server reads version 1")]
    [InlineData(0, "session.session_name", "\"no name!\"", "line 1: session_name must be")]
    [InlineData(1, "run.status", "\"running\"", "line 2: the run run_source had not ended")]
    [InlineData(4, "event.seq", "2", "line 5: the event 2 stands behind the event 2")]
    [InlineData(4, "event.seq", "1199", "line 6: the event 4 stands behind")]
    [InlineData(4, "event.event_type", "\"No Word\"", "line 5: event_type must be a word")]
    [InlineData(4, "event.content", "\"text\"", "line 5: content must be an array")]
    [InlineData(4, "event", "7", "line 5: this is no line of an exported session")]
    [InlineData(4, "kind", "\"run\"", "line 5: a run, an event or the end is expected")]
    [InlineData(Events + 1, "event.event_type", "\"run_failed\"", "line 1203: the log lacks the end of the run run_source")]
    [InlineData(Events + 2, "last_seq", "1300", "line 1203: the log ends at 1200, and should at 1300")]
    public async Task A_wrong_line_is_named_and_nothing_stays(int index, string member, string json, string message)
    {
        var lines = Lines();
        lines[index] = Change(lines[index], member.Split('.'), json);

        var refusal = await RefusedAsync(ErrorCode.Invalid, () => RunAsync(lines));

        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
        Assert.Null(await Sessions.FindAsync(Org, "Source", Cancel));
    }

    [Theory]
    [InlineData(1, "line 1204: the file was cut short")]
    [InlineData(0, "line 1: the file was cut short")]
    public async Task A_file_that_was_cut_short_is_refused(int kept, string message)
    {
        var lines = kept == 0 ? [] : Lines()[..^1];

        var refusal = await RefusedAsync(ErrorCode.Invalid, () => RunAsync(lines));

        Assert.StartsWith(kept == 0 ? message : "line 1203: the file was cut short", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_event_is_a_loss_where_nothing_was_pruned()
    {
        var lines = Lines();
        lines.RemoveAt(10);

        Assert.Contains("the event 9 is missing", (await RefusedAsync(ErrorCode.Invalid, () => RunAsync(lines))).Message, StringComparison.Ordinal);
    }

    async Task<ImportedSession> RunAsync(IEnumerable<string> lines, string? name = null)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
        return await Import.RunAsync(Org, file, name, "person:me", Cancel);
    }

    /// <summary>A log of two entries, between which something happens.</summary>
    protected SessionArchive Interrupted(Func<Task> interruption) => new()
    {
        Session = new Session { Org = Org, SessionId = "ses_source", Name = "Source", Status = SessionStatus.Finished, CreatedAt = At(0), LastSeq = 2 },
        RunStartSeq = 0,
        ResultSeq = 0,
        Runs = [],
        ReadLog = _ => InterruptedAsync(interruption),
        Note = Note("imported"),
    };

    async IAsyncEnumerable<IReadOnlyList<ArchivedEntry>> InterruptedAsync(Func<Task> interruption)
    {
        yield return [new ArchivedEntry(1, At(1), Note("a"))];
        await interruption();
        yield return [new ArchivedEntry(2, At(2), Note("b"))];
    }

    static List<string> Lines()
    {
        var session = new SessionView
        {
            SessionId = "ses_source",
            SessionName = "Source",
            Status = SessionStatus.Finished,
            CreatedAt = At(0),
            LastSeq = Events,
            ParentSessionId = "ses_elsewhere",
        };
        var run = new RunView
        {
            UseMemory = false,
            RunId = "run_source",
            Type = RunType.StartSession,
            SessionId = "ses_source",
            SessionName = "Source",
            Prompt = "go",
            ExecutionMode = ExecutionMode.AsyncCallback,
            ParentSessionId = "ses_elsewhere",
            Status = RunStatus.Completed,
            CreatedAt = At(0),
            CompletedAt = At(Events),
        };
        var lines = new List<string>
        {
            Line(new SessionLine { Kind = SessionLine.OfSession, Version = 1, Session = session }),
            Line(new SessionLine { Kind = SessionLine.OfRun, Run = run }),
        };
        lines.AddRange(Enumerable.Range(1, Events).Select(seq => Line(new SessionLine { Kind = SessionLine.OfEvent, Event = EventAt(seq) })));
        lines.Add(Line(new SessionLine { Kind = SessionLine.OfEnd, LastSeq = Events, PrunedTo = 0 }));
        return lines;
    }

    static EventView EventAt(int seq) => new()
    {
        Id = 0,
        Seq = seq,
        SessionId = "ses_source",
        SessionName = "Source",
        EventType = seq switch
        {
            1 => EventTypes.RunStart,
            Events - 1 => EventTypes.Result,
            Events => EventTypes.RunCompleted,
            _ => EventTypes.Notice,
        },
        Timestamp = "now",
        RecordedAt = At(seq),
        RunId = "run_source",
        Reason = seq == 3 ? new string('x', 300_000) : $"note {seq}",
        ResultText = seq == Events - 1 ? "done" : null,
    };

    static DateTimeOffset At(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(1_000_000 + seconds);

    static string Line(SessionLine line) => JsonSerializer.Serialize(line, CompactJson.Default.SessionLine);

    static string Change(string line, string[] path, string json)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(line)!;
        var holder = path.Length == 2 ? root[path[0]]! : root;
        holder[path[^1]] = System.Text.Json.Nodes.JsonNode.Parse(json);
        return root.ToJsonString();
    }
}

public sealed class SqliteSessionImportTests() : SessionImportTests(new SqliteFixture())
{
    /// <summary>PostgreSQL has the name from the first statement of its one transaction.</summary>
    [Fact]
    public async Task A_session_that_appears_while_the_file_is_read_keeps_its_name()
    {
        var archive = Interrupted(() => CreateAsync("source"));

        await RefusedAsync(ErrorCode.Conflict, () => Fixture.Stores.Archives.ImportAsync(archive, Cancel));

        Assert.Empty(await LogAsync("ses_source"));
        await Fixture.RestartAsync();
        Assert.Equal(1, (await AppendAsync("ses_source", Note("first"))).LastSeq);
    }
}

public sealed class PostgresSessionImportTests() : SessionImportTests(new PostgresFixture());
