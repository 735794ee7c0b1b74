using System.Text;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class ClaudeTranslatorTests
{
    const string Init = """{"type":"system","subtype":"init","session_id":"5f6c","model":"claude-opus-5-5","tools":["Bash"],"mcp_servers":[]}""";

    readonly ClaudeTranslator _translator = new(resumed: null);

    [Fact]
    public void The_first_line_binds_the_session_once()
    {
        Assert.Equal([new ClaudeOutput.Bind("5f6c")], Translate(Init));
        Assert.Empty(Translate(Init));
    }

    [Fact]
    public void An_MCP_server_that_is_not_there_is_told()
    {
        var outputs = Translate("""
            {"type":"system","subtype":"init","session_id":"5f6c","mcp_servers":[{"name":"a","status":"connected"},{"name":"b","status":"failed"}]}
            """);

        var notice = Assert.Single(outputs.OfType<ClaudeOutput.Event>());
        Assert.Equal((EventTypes.Notice, "mcp_server"), (notice.Type, notice.Fields.Reason));
        Assert.Equal("b", notice.Fields.Data!.Value.GetProperty("mcp_server").GetString());
    }

    [Fact]
    public void Text_becomes_a_message_of_the_assistant()
    {
        var message = Event("""{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"hello"}]},"parent_tool_use_id":null}""");

        Assert.Equal((EventTypes.Message, "assistant"), (message.Type, message.Fields.Role));
        Assert.Equal("""[{"type":"text","text":"hello"}]""", message.Fields.Content!.Value.GetRawText());
    }

    [Fact]
    public void A_tool_call_and_its_result_share_id_and_input()
    {
        var before = Event("""
            {"type":"assistant","message":{"content":[{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"pwd"}}]}}
            """);
        var after = Event("""
            {"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","content":"/srv","is_error":false}]},
             "tool_use_result":{"stdout":"/srv","stderr":"","interrupted":false}}
            """);

        Assert.Equal((EventTypes.PreTool, "Bash", "toolu_1"), (before.Type, before.Fields.ToolName, before.Fields.ToolUseId));
        Assert.Equal((EventTypes.PostTool, "Bash", "toolu_1"), (after.Type, after.Fields.ToolName, after.Fields.ToolUseId));
        Assert.Equal("""{"command":"pwd"}""", after.Fields.ToolInput!.Value.GetRawText());
        Assert.Equal("/srv", after.Fields.ToolOutput!.Value.GetProperty("stdout").GetString());
        Assert.Null(after.Fields.Error);
    }

    [Fact]
    public void A_failed_tool_has_an_error_and_no_output()
    {
        var after = Event("""
            {"type":"user","message":{"content":[{"tool_use_id":"toolu_9","type":"tool_result","is_error":true,
             "content":[{"type":"text","text":"Exit code 3"},{"type":"image"},{"type":"text","text":"no such file"}]}]},"tool_use_result":"Error: Exit code 3"}
            """);

        Assert.Equal("Exit code 3\nno such file", after.Fields.Error);
        Assert.Null(after.Fields.ToolOutput);
        Assert.Equal("unknown", after.Fields.ToolName);
    }

    [Fact]
    public void Several_results_in_one_line_each_keep_their_own_output()
    {
        var outputs = Translate("""
            {"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b","content":"2"}]},
             "tool_use_result":{"stdout":"1"}}
            """).Cast<ClaudeOutput.Event>();

        Assert.Equal(["\"1\"", "\"2\""], outputs.Select(output => output.Fields.ToolOutput!.Value.GetRawText()));
    }

    [Fact]
    public void What_a_subagent_does_is_marked_and_not_shown_live()
    {
        var call = Event("""{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t","name":"Read","input":{}}]},"parent_tool_use_id":"toolu_0"}""");

        Assert.Equal("toolu_0", call.Fields.Data!.Value.GetProperty("parent_tool_use_id").GetString());
        Assert.Empty(Translate(Delta("text_delta", "text", "\"toolu_0\"")));
    }

    [Fact]
    public void Text_and_thinking_are_shown_live()
    {
        Assert.Equal([new ClaudeOutput.Live(new TextDelta("text", "par"))], Translate(Delta("text_delta", "text", "null")));
        Assert.Equal([new ClaudeOutput.Live(new TextDelta("thinking", "par"))], Translate(Delta("thinking_delta", "thinking", "null")));
        Assert.Empty(Translate("""{"type":"stream_event","event":{"type":"message_stop"}}"""));
    }

    [Fact]
    public void A_repeated_call_of_the_model_is_told()
    {
        var notice = Event("""
            {"type":"system","subtype":"api_retry","attempt":1,"max_retries":4,"retry_delay_ms":539.5,"error_status":529,"error":"overloaded"}
            """);

        Assert.Equal((EventTypes.Notice, "api_retry"), (notice.Type, notice.Fields.Reason));
        Assert.Contains("retry 1 of 4 in 0.5 s", notice.Fields.Content!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(529, notice.Fields.Data!.Value.GetProperty("error_status").GetInt32());
    }

    [Fact]
    public void The_programs_own_words_are_not_the_assistants() => Assert.Equal(
        EventTypes.Notice,
        Event("""{"type":"assistant","message":{"model":"<synthetic>","content":[{"type":"text","text":"API Error: 400 bad"}]}}""").Type);

    [Fact]
    public void The_usage_of_a_resumed_session_is_that_of_this_run()
    {
        Translate(Init);
        var result = Event("""
            {"type":"result","is_error":false,"result":"b","num_turns":1,"duration_ms":81,"total_cost_usd":0.012,"usage":{"input_tokens":1},
             "modelUsage":{"claude-opus-5-5":{"inputTokens":2000,"costUSD":0.012}},
             "model_usage_since_last_result":{
               "claude-opus-5-5":{"inputTokens":1000,"outputTokens":100,"cacheReadInputTokens":7,"cacheCreationInputTokens":3,"costUSD":0.006},
               "claude-haiku-5":{"inputTokens":10,"outputTokens":1,"costUSD":0.001}}}
            """);

        var expected = new RunUsage
        {
            InputTokens = 1010,
            OutputTokens = 101,
            CachedInputTokens = 7,
            CacheWriteTokens = 3,
            CostUsd = 0.007m,
            Turns = 1,
            DurationMs = 81,
            Model = "claude-opus-5-5",
        };
        Assert.Equal((EventTypes.Result, "b", expected), (result.Type, result.Fields.ResultText, result.Fields.Usage));
    }

    [Fact]
    public void Several_results_of_one_process_add_up()
    {
        const string turn = """{"type":"result","is_error":false,"result":"x","num_turns":1,"total_cost_usd":0.5,"usage":{"input_tokens":10,"output_tokens":2}}""";
        Translate(turn);
        Translate(turn);

        Assert.Equal((20, 4, 2), (_translator.Tally.Usage!.InputTokens, _translator.Tally.Usage.OutputTokens, _translator.Tally.Usage.Turns));
    }

    [Fact]
    public void An_older_program_does_not_tell_what_a_resumed_run_cost()
    {
        var resumed = new ClaudeTranslator("5f6c");
        _ = resumed.Translate(Line("""{"type":"result","is_error":false,"result":"x","total_cost_usd":0.5,"usage":{"input_tokens":10}}""")).ToList();

        Assert.Equal((10, null), (resumed.Tally.Usage!.InputTokens, resumed.Tally.Usage.CostUsd));
    }

    [Fact]
    public void A_failed_result_is_no_result_event_but_counts()
    {
        Assert.Empty(Translate("""{"type":"result","subtype":"success","is_error":true,"result":"API Error: 529 busy","api_error_status":529,"usage":{"input_tokens":5}}"""));
        Assert.Equal(5, _translator.Tally.Usage!.InputTokens);
    }

    static string Delta(string type, string member, string parent) =>
        """{"type":"stream_event","parent_tool_use_id":PARENT,"event":{"type":"content_block_delta","index":0,"delta":{"type":"TYPE","MEMBER":"par"}}}"""
            .Replace("PARENT", parent, StringComparison.Ordinal)
            .Replace("TYPE", type, StringComparison.Ordinal)
            .Replace("MEMBER", member, StringComparison.Ordinal);

    ClaudeOutput.Event Event(string line) => Assert.IsType<ClaudeOutput.Event>(Assert.Single(Translate(line)));

    List<ClaudeOutput> Translate(string line) => [.. _translator.Translate(Line(line))];

    static ClaudeLine Line(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        return StreamJsonReader.Read(new OutputLine(bytes, bytes.Length));
    }
}
