using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Attempts;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Attempts;

public sealed class EventTextTests
{
    static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void An_event_is_one_line_with_its_time_and_only_what_is_set()
    {
        var fields = new EventFields { ToolName = "Bash", ToolInput = Json("""{"command":"a\nb"}"""), ToolOutput = Json("false") };

        Assert.Equal(
            """{"event_type":"post_tool","timestamp":"2026-01-02T03:04:05.000000\u002B00:00","tool_name":"Bash","tool_input":{"command":"a\nb"},"tool_output":false}""",
            Encoding.UTF8.GetString(EventText.Write("post_tool", fields, s_now, Redactor.OfShapes)));
    }

    [Fact]
    public void What_is_too_large_is_cut_and_says_so()
    {
        var huge = JsonSerializer.SerializeToElement(new string('€', 2_000_000));
        var fields = new EventFields { ToolName = "Bash", ToolInput = Json($$"""{"a":{{huge.GetRawText()}}}"""), ToolOutput = huge, Content = Json($"[{huge.GetRawText()}]") };

        var written = Read(EventText.Write("post_tool", fields, s_now, Redactor.OfShapes));

        Assert.Equal("Bash", written.ToolName);
        Assert.Contains("cut, 12000002 characters in all", written.ToolOutput!.Value.GetString()!, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, written.ToolInput!.Value.ValueKind);
        Assert.Equal("text", written.Content!.Value[0].GetProperty("type").GetString());
    }

    [Fact]
    public void What_nests_too_deep_becomes_text()
    {
        var deep = JsonDocument.Parse(new string('[', 60) + new string(']', 60), new JsonDocumentOptions { MaxDepth = 64 }).RootElement;

        var written = Read(EventText.Write("post_tool", new EventFields { ToolOutput = deep }, s_now, Redactor.OfShapes));

        Assert.StartsWith("[[[[", written.ToolOutput!.Value.GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_where_a_text_is_cut_leaves_no_half_of_itself()
    {
        var key = "sk-ant-api03-" + new string('7', 60);
        var text = string.Concat(Enumerable.Repeat($"{new string('x', 1_000)} {key} ", 1_000));

        var written = EventText.Write("post_tool", new EventFields { ToolOutput = JsonSerializer.SerializeToElement(text) }, s_now, Redactor.OfShapes);

        Assert.True(Read(written).ToolOutput!.Value.GetString()!.Length < 70_000);
        Assert.DoesNotContain("api03", Encoding.UTF8.GetString(written), StringComparison.Ordinal);
        Assert.DoesNotContain("777", Encoding.UTF8.GetString(written), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_never_splits_a_pair_of_surrogates() =>
        Assert.Equal("a… (cut, 3 characters in all)", EventText.Head("a\U0001F600", 2));

    [Fact]
    public void Data_of_a_report_holds_no_NUL_and_keeps_what_only_looks_like_one() =>
        Assert.Equal(@"{""a\ufffd"":[""\ufffdb"",""\\u0000""]}", EventText.WithoutNul(Json(@"{""a\u0000"":[""\u0000b"",""\\u0000""]}")).GetRawText());

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    static PostEvent Read(byte[] json)
    {
        Assert.InRange(json.Length, 1, 900_000);
        return JsonSerializer.Deserialize(json, CompactJson.Default.PostEvent)!;
    }
}
