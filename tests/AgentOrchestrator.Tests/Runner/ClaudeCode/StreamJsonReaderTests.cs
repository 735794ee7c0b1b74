using System.Text;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class StreamJsonReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("""{"no":"type"}""")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"something_new","x":{"y":[1,2]}}""")]
    [InlineData("""{"type":"system","subtype":"permission_denied","message":"a text where others have an object"}""")]
    public void Lines_that_say_nothing_to_us_are_passed_over(string line) => Assert.IsType<ClaudeLine.Other>(Read(line));

    [Theory]
    [InlineData("plain text")]
    [InlineData("{\"type\":\"result\",")]
    [InlineData("""{"type":"result","is_error":"perhaps"}""")]
    [InlineData("""{"type":"assistant","message":"not an object"}""")]
    [InlineData("\0\u0001\u0002")]
    public void Broken_lines_are_told_and_do_no_harm(string line) => Assert.IsType<ClaudeLine.Unreadable>(Read(line));

    [Fact]
    public void A_line_over_the_bound_is_told_with_its_length()
    {
        var cut = new OutputLine(Encoding.UTF8.GetBytes("""{"type":"resul"""), 99_000_000);

        Assert.Contains("99000000", Assert.IsType<ClaudeLine.Unreadable>(StreamJsonReader.Read(cut)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_members_are_ignored_and_null_ones_are_unset()
    {
        var result = Assert.IsType<ClaudeLine.Result>(Read("""
            {"is_error":false,"result":"ok","api_error_status":null,"a_new_one":{"b":1},"num_turns":2,"type":"result","subtype":"success","duration_ms":81}
            """));

        Assert.Equal(("ok", false, null, 2, 81.0), (result.Text, result.IsError, result.ApiErrorStatus, result.NumTurns, result.DurationMs));
    }

    [Fact]
    public void Half_an_emoji_does_not_lose_the_line()
    {
        var result = Assert.IsType<ClaudeLine.Result>(Read("""{"type":"result","result":"a\ud83d b\\ud83d \ud83d\ude00 \ude00c"}"""));

        Assert.Equal("a\ufffd b\\ud83d \U0001F600 \ufffdc", result.Text);
    }

    [Fact]
    public void Escapes_at_the_very_end_are_left_alone()
    {
        foreach (var text in new[] { """{"a":"\ud8""", "\\", "\\u", "\\ud83d", "\\ud83d\\" })
        {
            Assert.IsType<ClaudeLine.Unreadable>(Read(text));
        }
    }

    static ClaudeLine Read(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        return StreamJsonReader.Read(new OutputLine(bytes, bytes.Length));
    }
}
