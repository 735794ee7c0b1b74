using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>What our own verbs print.</summary>
public sealed class VerbOutputTests
{
    const string Session = """
        {"session_id":"ses_1","session_name":"one","status":"running","waiting_reason":"approval","created_at":"2026-03-01T11:00:00.000000+00:00",
        "project_dir":"/work","agent_name":"helper","parent_session_name":"boss","executor_type":"chat","last_seq":4}
        """;

    readonly AoBench _ao = new();

    [Fact]
    public void List_is_a_table()
    {
        _ao.Server.On("GET /sessions", $$"""{"sessions":[{{Session}}]}""");

        Assert.Equal(0, _ao.Run("ao list"));
        Golden.Matches("list.txt", _ao.Out);
    }

    [Fact]
    public void Show_tells_more_than_the_predecessor()
    {
        _ao.Server.On("GET /sessions/one", $$"""{"session":{{Session}}}""");

        Assert.Equal(0, _ao.Run("ao show one"));
        Golden.Matches("show.txt", _ao.Out);
    }

    [Fact]
    public void Json_is_one_document_as_the_server_has_it()
    {
        _ao.Server.On("GET /sessions/one/status", """{"status":"running","waiting_reason":"approval"}""");

        Assert.Equal(0, _ao.Run("ao status one --json"));
        Assert.Equal("{\"status\":\"running\",\"waiting_reason\":\"approval\"}\n", _ao.Out);
    }

    [Fact]
    public void Json_errors_carry_their_code()
    {
        Assert.Equal(1, _ao.Run("ao show one --json"));
        Assert.Equal("{\"error\":\"Not Found\",\"code\":\"not_found\"}\n", _ao.Error);
    }

    [Fact]
    public void Stop_says_what_happens()
    {
        _ao.Server.On("POST /sessions/one/stop", """{"ok":true,"run_id":"run_1","session_id":"ses_1","session_name":"one","status":"stopping"}""");

        Assert.Equal(0, _ao.Run("ao stop one --no-wait"));
        Assert.Equal("'one' is stopping\n", _ao.Out);
    }

    [Fact]
    public void Events_go_page_by_page_to_the_end_of_the_log()
    {
        static string Page(int seq, string next) => $$"""
            {"events":[{"id":{{seq}},"seq":{{seq}},"session_id":"ses_1","session_name":"one","event_type":"run_queued","timestamp":"t",
            "recorded_at":"2026-03-01T11:00:00.000000+00:00"}],"next_after":{{next}}}
            """;
        _ao.Server.On("GET /sessions/one/events?after=0&limit=500", Page(1, "1"))
            .On("GET /sessions/one/events?after=1&limit=500", Page(2, "null"));

        Assert.Equal(0, _ao.Run("ao events one --json"));
        Assert.Equal([1, 2], _ao.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => System.Text.Json.JsonElement.Parse(line).GetProperty("seq").GetInt32()));
    }

    [Fact]
    public void Watch_ends_when_the_session_rests_and_its_log_was_shown()
    {
        const string Finished =
            """{"session_id":"ses_1","session_name":"one","status":"finished","created_at":"2026-03-01T11:00:00+00:00","last_seq":1}""";
        _ao.Server.On("GET /sessions/one", $$"""{"session":{{Finished}}}""").On("GET /sessions/ses_1", $$"""{"session":{{Finished}}}""")
            .On("GET /sessions?parent=ses_1", """{"sessions":[]}""").Feed($$"""
            event: session
            data: {{Finished}}

            event: event
            data: {"id":1,"seq":1,"session_id":"ses_1","session_name":"one","event_type":"run_queued","timestamp":"t","recorded_at":"2026-03-01T11:00:00+00:00"}


            """);

        Assert.Equal((0, ""), (_ao.Run("ao watch one"), _ao.Error));
        Assert.Equal("11:00:00 ○ run_queued\n", _ao.Out);
    }

    [Fact]
    public void A_terminal_sees_no_control_sequences_of_an_agent_and_a_program_sees_all()
    {
        _ao.Server.On("GET /sessions/one/result", """{"result":"\u001b[31mred","result_text":null,"result_data":null}""");

        _ao.Run("ao result one");
        _ao.IsTerminal = true;
        _ao.Run("ao result one");

        Assert.Equal("\e[31mred\nred\n", _ao.Out);
    }

    [Fact]
    public void Delete_all_asks_a_person()
    {
        _ao.Server.On("GET /sessions", $$"""{"sessions":[{{Session}}]}""");
        _ao.IsTerminal = true;

        Assert.Equal(1, _ao.Run("ao delete-all"));
        Assert.Equal("Delete 1 session(s) with everything in them? [y/N] Nothing was deleted.\n", _ao.Error);
    }

    [Fact]
    public void Token_says_where_and_what()
    {
        Assert.Equal(0, _ao.Run("ao token"));
        Assert.Equal("Server: http://127.0.0.1:8765\nFrom:   AGENT_ORCHESTRATOR_TOKEN\nToken:  secret\n", _ao.Out);
    }

    [Fact]
    public void A_made_token_is_printed_alone()
    {
        _ao.Server.On("POST /tokens", """
            {"token_id":"tok_1","token":"ao_new","view":{"token_id":"tok_1","name":"ci","role":"viewer","created_at":"2026-03-01T11:00:00+00:00",
            "expires_at":null,"revoked_at":null}}
            """);

        Assert.Equal(0, _ao.Run("ao token create ci --role viewer --days 2"));
        Assert.Equal("ao_new\n", _ao.Out);
        Assert.Equal("""{"name":"ci","role":"viewer","expires_in_seconds":172800}""", _ao.Server.LastJson);
    }
}
