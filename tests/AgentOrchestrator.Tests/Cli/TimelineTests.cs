using System.Text.Json;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Cli.Sessions;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class TimelineTests
{
    static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    long _seq;

    [Theory]
    [InlineData("timeline-terminal.txt", true)]
    [InlineData("timeline-plain.txt", false)]
    public void A_run_reads_as_a_story(string golden, bool isTerminal)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var timeline = new Timeline(output, new Ink(isTerminal), TimeZoneInfo.Utc, isTerminal ? 80 : int.MaxValue, showsDeltas: isTerminal);

        timeline.Show(Logged(0, EventTypes.RunQueued) with { Data = Json("""{"type":"start_session","agent":"helper"}""") });
        timeline.Show(Logged(1, EventTypes.RunStart) with { Data = Json("""{"runner_id":"lnch_1","attempt":1}""") });
        timeline.Show(Message(1, "user", "List the files\n\nand count them"));
        timeline.Show(Logged(2, EventTypes.PreTool) with { ToolName = "Bash", ToolUseId = "t1", ToolInput = Json("""{"command":"ls -la\n| wc -l"}""") });
        timeline.Show(Logged(3.4, EventTypes.PostTool) with { ToolName = "Bash", ToolUseId = "t1", ToolOutput = Json("\"total 48\\n  12 files\"") });
        timeline.Show(Logged(4, EventTypes.PreTool) with { ToolName = "Read", ToolUseId = "t2", ToolInput = Json("""{"path":"/x","limit":5}""") });
        timeline.Show(Logged(4.01, EventTypes.PostTool) with { ToolName = "Read", ToolUseId = "t2", Error = "no such file" });
        timeline.Show(new FeedFrame.Written("run_1", [new TextDelta("text", "There are "), new TextDelta("text", "12\nfiles.")]));
        timeline.Show(Message(6, "assistant", "There are 12\nfiles."));
        timeline.Show(new FeedFrame.Written("run_1", [new TextDelta("text", "joined late.")]));
        timeline.Show(Message(6, "assistant", "This was joined late."));
        timeline.Show(new FeedFrame.Gap(20, 22));
        timeline.Show(Message(7, "assistant", "\e]0;evil\aNot streamed, " + new string('x', 90)));
        timeline.Show(Logged(8, EventTypes.Result) with
        {
            ResultText = "There are 12 files.",
            Usage = new RunUsage { InputTokens = 1200, CachedInputTokens = 300, OutputTokens = 45, CostUsd = 0.0123m, Model = "m-1" },
        });
        timeline.Show(Logged(8.5, EventTypes.SessionStop) with { Reason = "completed", ExitCode = 0 });
        timeline.Show(Logged(9, EventTypes.RunCompleted) with { Reason = "completed" });
        timeline.Show(Logged(9, EventTypes.Callback) with { Reason = "completed", Data = Json("""{"child_session_name":"kid","child_run_id":"run_2"}""") });
        timeline.Show(Logged(10, EventTypes.RunFailed) with { Error = "The model\nsaid no" });
        timeline.Show(Logged(10, EventTypes.LateReport) with { ResultText = "12", Data = Json("""{"reported":"completed","stands":"failed","attempt":1}""") });
        timeline.Show(Logged(11, "something_new") with { Reason = "because", Data = Json("""{"a":1,"b":2}""") });

        Golden.Matches(golden, output.ToString());
    }

    EventView Logged(double seconds, string type) => new()
    {
        Id = ++_seq,
        Seq = _seq,
        SessionId = "ses_1",
        SessionName = "one",
        EventType = type,
        Timestamp = "",
        RunId = "run_1",
        RecordedAt = s_start.AddSeconds(seconds),
    };

    EventView Message(double seconds, string role, string text) => Logged(seconds, EventTypes.Message) with
    {
        Role = role,
        Content = Json($$"""[{"type":"text","text":{{JsonSerializer.Serialize(text)}}}]"""),
    };

    static JsonElement Json(string text) => JsonElement.Parse(text);
}
