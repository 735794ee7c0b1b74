using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class StartTests
{
    const string Created = """{"run_id":"run_1","session_id":"ses_1","session_name":"one","status":"pending"}""";

    readonly AoBench _ao = new();

    public StartTests() => _ao.Server.On("POST /runs", Created);

    [Fact]
    public void Waits_over_the_feed_and_prints_the_result()
    {
        Ends("completed", "\"the result\"");

        Assert.Equal(0, _ao.Run("ao-start", "one", "-p", "do it", "--agent", "helper", "--project-dir", "/"));

        Assert.Equal("the result\n", _ao.Out);
        Assert.Equal(["/runs", "/sessions/ses_1/feed", "/runs/run_1"], _ao.Server.Requests.Select(r => r.Path));
        Golden.Matches("start-request.txt", System.Text.Encoding.UTF8.GetString(_ao.Server.Requests[0].Json!) + "\n");
    }

    [Theory]
    [InlineData("from the flag", null, "from the flag")]
    [InlineData(null, "from the pipe\n", "from the pipe")]
    [InlineData("from the flag", "from the pipe\n", "from the flag\nfrom the pipe")]
    [InlineData("from the flag", "", "from the flag")]
    public void The_prompt_is_the_flag_then_what_is_piped(string? flag, string? pipe, string prompt)
    {
        _ao.Input = pipe;

        Assert.Equal(0, _ao.Run(["ao", "start", "one", "--detach", .. flag is null ? [] : new[] { "-p", flag }]));
        Assert.Contains($"\"prompt\":{System.Text.Json.JsonSerializer.Serialize(prompt)}", _ao.Server.LastJson, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    public void Without_a_prompt_nothing_is_started(string? pipe)
    {
        _ao.Input = pipe;

        Assert.Equal(1, _ao.Run("ao-start one"));
        Assert.Equal("Error: No prompt provided. Use -p flag or pipe content to stdin.\n", _ao.Error);
        Assert.Empty(_ao.Server.Requests);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_wrong_usage()
    {
        Assert.Equal(2, _ao.Run("ao-start one -p x --project-dir /no/such/folder"));
        Assert.Contains("there is no folder '/no/such/folder'", _ao.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failed", "Error: The model said no\n")]
    [InlineData("stopped", "Error: Session 'one' was stopped before it had a result\n")]
    public void A_run_that_does_not_complete_is_an_error(string status, string error)
    {
        Ends(status, "null");

        Assert.Equal(1, _ao.Run("ao-start one -p x"));
        Assert.Equal(error, _ao.Error);
        Assert.Empty(_ao.Out);
    }

    [Fact]
    public void A_refusal_of_the_server_is_shown()
    {
        _ao.Server.On(
            "POST /runs", """{"detail":"Session 'one' already exists. Please use a different session name.","code":"session_exists"}""", 409);

        Assert.Equal(1, _ao.Run("ao-start one -p x"));
        Assert.Equal("Error: Session 'one' already exists. Please use a different session name.\n", _ao.Error);
    }

    [Fact]
    public void Detached_it_prints_the_name()
    {
        Assert.Equal(0, _ao.Run("ao start one -p x --detach"));
        Assert.Equal("one\n", _ao.Out);
        Assert.Contains("\"execution_mode\":\"async_poll\"", _ao.Server.LastJson, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AGENT_SESSION_ID", "\"parent_session_id\":\"ses_parent\"")]
    [InlineData("AGENT_SESSION_NAME", "\"parent_session_name\":\"ses_parent\"")]
    public void Inside_a_run_the_session_is_a_child(string variable, string member)
    {
        _ao.Environment[variable] = "ses_parent";

        Assert.Equal(0, _ao.Run("ao start one -p x --callback"));
        Assert.Contains(member, _ao.Server.LastJson, StringComparison.Ordinal);
        Assert.Contains("\"execution_mode\":\"async_callback\"", _ao.Server.LastJson, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ao start one -p x --callback", "--callback needs a session to call back")]
    [InlineData("ao start one -p x --detach --follow", "--follow waits")]
    public void Flags_that_make_no_sense_are_wrong_usage(string line, string message)
    {
        Assert.Equal(2, _ao.Run(line));
        Assert.Contains(message, _ao.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_listens_from_where_the_log_ended()
    {
        Ends("completed", "\"again\"");
        _ao.Server.On("GET /sessions/one", """
            {"session":{"session_id":"ses_1","session_name":"one","status":"finished","created_at":"2026-03-01T11:00:00+00:00","last_seq":4}}
            """);

        Assert.Equal(0, _ao.Run("ao-resume one -p x"));
        Assert.Equal("again\n", _ao.Out);
        Assert.Equal(4, _ao.Server.Requests.Single(r => r.Path.EndsWith("/feed", StringComparison.Ordinal)).LastEventId);
    }

    void Ends(string status, string result)
    {
        var end = $$"""{"id":9,"seq":9,"session_id":"ses_1","session_name":"one","event_type":"run_{{status}}","timestamp":"t","run_id":"run_1"}""";
        var other = end.Replace("run_1", "run_0", StringComparison.Ordinal).Replace("\"seq\":9", "\"seq\":8", StringComparison.Ordinal);
        _ao.Server.Feed($"event: event\nid: 8\ndata: {other}\n\n: alive\n\nevent: event\nid: 9\ndata: {end}\n\n")
            .On("GET /runs/run_1", $$"""
                {"run_id":"run_1","type":"start_session","session_id":"ses_1","session_name":"one","prompt":"x","execution_mode":"sync",
                "status":"{{status}}","error":"The model said no","created_at":"2026-03-01T11:00:00+00:00","result_text":{{result}}}
                """);
    }
}
