using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>The predecessor's commands, to the letter.</summary>
public sealed class SeedOutputTests
{
    const string Session = """
        {"session_id":"ses_1","session_name":"one","status":"finished","created_at":"2026-03-01T11:00:00.000000+00:00",
        "project_dir":"/work","agent_name":"helper","last_resumed_at":null,"last_seq":4}
        """;

    readonly AoBench _ao = new();

    [Theory]
    [InlineData("running")]
    [InlineData("not_existent")]
    public void Status_is_one_word(string status)
    {
        _ao.Server.On("GET /sessions/one/status", $$"""{"status":"{{status}}"}""");

        Assert.Equal(0, _ao.Run("ao-status one"));
        Assert.Equal($"{status}\n", _ao.Out);
    }

    [Fact]
    public void Get_result_prints_the_text()
    {
        _ao.Server.On("GET /sessions/one/result", """{"result":"two\nlines","result_text":"two\nlines","result_data":null,"seq":3}""");

        Assert.Equal(0, _ao.Run("ao-get-result one"));
        Assert.Equal("two\nlines\n", _ao.Out);
    }

    [Fact]
    public void Get_result_of_a_running_session_is_an_error()
    {
        _ao.Server.On("GET /sessions/one/result", """{"detail":"Session not finished","code":"not_possible","status":400}""", 400);

        Assert.Equal(1, _ao.Run("ao-get-result one"));
        Assert.Equal("Error: Session not finished\n", _ao.Error);
        Assert.Empty(_ao.Out);
    }

    [Fact]
    public void List_sessions_prints_a_line_each()
    {
        _ao.Server.On("GET /sessions", $$"""{"sessions":[{{Session}}]}""");

        Assert.Equal(0, _ao.Run("ao-list-sessions"));
        Assert.Equal("one (session-id: ses_1, project-dir: /work)\n", _ao.Out);
    }

    [Fact]
    public void List_sessions_says_when_there_are_none()
    {
        _ao.Server.On("GET /sessions", """{"sessions":[]}""");

        Assert.Equal(0, _ao.Run("ao-list-sessions"));
        Assert.Equal("No sessions found\n", _ao.Out);
    }

    [Fact]
    public void Show_config_prints_five_aligned_lines()
    {
        _ao.Server.On("GET /sessions/one", $$"""{"session":{{Session}}}""");

        Assert.Equal(0, _ao.Run("ao-show-config one"));
        Golden.Matches("show-config.txt", _ao.Out);
    }

    [Fact]
    public void List_blueprints_prints_the_active_ones()
    {
        const string Dates = "\"created_at\":\"2026-03-01T11:00:00+00:00\",\"modified_at\":\"2026-03-01T11:00:00+00:00\"";
        _ao.Server.On("GET /agents", $$"""
            [{"name":"a","description":"First","status":"active","tags":[],{{Dates}}},
             {"name":"b","description":"Second","status":"inactive","tags":[],{{Dates}}},
             {"name":"c","description":"Third","status":"active","tags":[],{{Dates}}}]
            """);

        Assert.Equal(0, _ao.Run("ao-list-blueprints"));
        Assert.Equal("a:\nFirst\n\n---\n\nc:\nThird\n\n", _ao.Out);
    }

    [Theory]
    [InlineData("ao-list-blueprints", "GET /agents", "No agent blueprints found\n")]
    [InlineData("ao-list-blueprints -t x,y", "GET /agents?tags=x%2Cy", "No agent blueprints found with tags 'x,y'\n")]
    public void List_blueprints_says_when_there_are_none(string line, string request, string output)
    {
        _ao.Server.On(request, "[]");

        Assert.Equal(0, _ao.Run(line));
        Assert.Equal(output, _ao.Out);
    }

    [Fact]
    public void Delete_all_counts()
    {
        _ao.Server.On("GET /sessions", $$"""{"sessions":[{{Session}}]}""")
            .On("DELETE /sessions/ses_1", """{"ok":true,"session_id":"ses_1","deleted":{"session":true,"events_count":4,"runs_count":1}}""");

        Assert.Equal(0, _ao.Run("ao-delete-all"));
        Assert.Equal("Removed 1 session(s)\n", _ao.Out);
    }

    [Fact]
    public void Delete_all_says_when_there_are_none()
    {
        _ao.Server.On("GET /sessions", """{"sessions":[]}""");

        Assert.Equal(0, _ao.Run("ao-delete-all"));
        Assert.Equal("No sessions to remove\n", _ao.Out);
    }

    [Fact]
    public void Delete_all_leaves_working_sessions_and_says_so()
    {
        _ao.Server.On("GET /sessions", $$"""{"sessions":[{{Session}}]}""")
            .On("DELETE /sessions/ses_1", """{"detail":"A run of this session is live; stop it first","code":"live_run"}""", 409);

        Assert.Equal(1, _ao.Run("ao-delete-all"));
        Assert.Equal("Removed 0 session(s)\n", _ao.Out);
        Assert.Equal("Error: 1 session(s) are working and stay: one; stop them with 'ao stop NAME' first\n", _ao.Error);
    }
}
