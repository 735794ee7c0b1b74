using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.ClaudeCode;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Programs;

/// <summary>Agents that are a command: shell scripts, started by the real runner of a real server.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    ProgramServer _server = null!;

    static CommandTests()
    {
        Environment.SetEnvironmentVariable("AO_TEST_NAMED", "named");
        Environment.SetEnvironmentVariable("AO_TEST_UNNAMED", "unnamed");
    }

    public async ValueTask InitializeAsync() => _server = await ProgramServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task JSON_goes_in_and_comes_out_as_the_schemas_say()
    {
        var members = new JsonObject
        {
            ["system_prompt"] = "Be kind.",
            ["input_schema"] = JsonNode.Parse("""{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}"""),
            ["output_schema"] = JsonNode.Parse("""{"type":"object","required":["sum"],"properties":{"sum":{"type":"number"}}}"""),
        };

        var run = await _server.TryAsync("command", "cat > \"$AGENT_ORCHESTRATOR_AGENT_DIR/told.json\"; echo '{\"sum\": 42, \"ü\": \"\\u0041\"}'", members, """{"n": 1}""");

        Assert.Equal((RunStatus.Completed, """{"sum": 42, "ü": "\u0041"}"""), (run.Status, run.ResultText));
        Assert.Equal(42, run.ResultData!.Value.GetProperty("sum").GetInt32());
        Assert.Equal("A", run.ResultData!.Value.GetProperty("ü").GetString());
        var result = await _server.ResultAsync(run.SessionId);
        Assert.Equal(42, result.ResultData!.Value.GetProperty("sum").GetInt32());
        Assert.Equal(run.ResultText, result.ResultText);
        Assert.Equal(
            ["user", "assistant"],
            (await _server.Runs.ReadLogAsync(run.SessionId)).Where(e => e.EventType is EventTypes.Message).Select(e => e.Role!));
        var told = JsonDocument.Parse(_server.Read("program", "told.json")).RootElement;
        Assert.Equal("""{"n": 1}""", told.Text("prompt"));
        Assert.Equal(1, told.GetProperty("input").GetProperty("n").GetInt32());
        Assert.Equal((run.SessionId, run.SessionName, "False"), (told.GetProperty("session").Text("id"), told.GetProperty("session").Text("name"), told.GetProperty("session").Text("is_resumed")));
        Assert.Equal((run.RunId, _server.Server.Folder), (told.GetProperty("run").Text("id"), told.GetProperty("run").Text("project_dir")));
        Assert.Equal(("program", "Be kind.", _server.FolderOf("program")), (told.GetProperty("agent").Text("name"), told.GetProperty("agent").Text("system_prompt"), told.GetProperty("agent").Text("dir")));
        Assert.EndsWith($"/sessions/{run.SessionId}/events", told.GetProperty("history").Text("url"), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string?, string> Ends => new()
    {
        // script, status, reason, what the error or the result says
        { "echo 'Just text, no { JSON'", "completed", null, "Just text, no { JSON" },
        { "echo '{ broken'", "completed", null, "{ broken" },
        { "true", "completed", null, "" },
        { "exec 0<&-; echo closed", "completed", null, "closed" },
        { "echo out; echo why >&2; exit 3", "failed", "error", "run.sh exited with code 3: why" },
        { "echo only-out; exit 4", "failed", "error", "run.sh exited with code 4: only-out" },
        { "kill -SEGV $$", "failed", "error", "run.sh ended by SIGSEGV and wrote nothing to stderr" },
        { "printf 'ok \\377\\376'", "failed", "invalid_output", "The output is neither JSON nor text: it is not UTF-8 at byte 3" },
        { "yes", "failed", "limit", "it wrote more than 262144 bytes to stdout" },
        { "head -c 20000000 /dev/zero | tr '\\0' a", "failed", "limit", "it wrote more than 262144 bytes to stdout" },
        { "head -c 300000 /dev/urandom >&2; echo loud", "completed", null, "loud" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task It_ends_as_its_program_does(string script, string status, string? reason, string said)
    {
        var run = await _server.TryAsync("command", script);

        Assert.Equal((status, reason), (run.Status.ToString().ToLowerInvariant(), run.Reason));
        Assert.StartsWith(said, (run.Error ?? run.ResultText) ?? "", StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongOutputs => new()
    {
        { "true", "The output is not JSON: there is nothing" },
        { "echo '{\"items\": ['", "The output is not JSON: line 1, byte 12." },
        { "echo '{\"items\":[]} trailing'", "The output is not JSON: line 1, byte 14." },
        { "echo '[]'", "The output does not fit the agent's schema: the value itself must be of the type object, not a list" },
        { "echo '{\"items\":[{\"name\":\"a\"},{\"name\":7}]}'", "The output does not fit the agent's schema: /items/1/name must be of the type string, not 7" },
        { "echo '{\"items\":[], \"items\":[1]}'", "The output is not JSON: Duplicate property 'items'" },
        { "printf '{\"items\":'; for i in $(seq 40); do printf '['; done; for i in $(seq 40); do printf ']'; done; printf '}'", "The output is not JSON: line 1" },
    };

    [Theory]
    [MemberData(nameof(WrongOutputs))]
    public async Task Output_that_does_not_fit_the_schema_fails_with_the_place(string script, string error)
    {
        var schema = """{"type":"object","required":["items"],"properties":{"items":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"}}}}}}""";

        var run = await _server.TryAsync("command", script, new JsonObject { ["output_schema"] = JsonNode.Parse(schema) });

        Assert.Equal((RunStatus.Failed, "invalid_output"), (run.Status, run.Reason));
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "The prompt is not JSON: line 1, byte 1.")]
    [InlineData("""{"n":"1"}""", "The prompt does not fit the agent's schema: /n must be of the type integer, not \"1\"")]
    public async Task A_prompt_that_does_not_fit_the_schema_starts_nothing(string prompt, string error)
    {
        var schema = """{"type":"object","properties":{"n":{"type":"integer"}}}""";

        var run = await _server.TryAsync(
            "command", "touch \"$AGENT_ORCHESTRATOR_AGENT_DIR/began\"", new JsonObject { ["input_schema"] = JsonNode.Parse(schema) }, prompt);

        Assert.Equal((RunStatus.Failed, "invalid_input"), (run.Status, run.Reason));
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_server.FolderOf("program"), "began")));
    }

    [Theory]
    [InlineData("sleep 0; echo done")]
    [InlineData("head -c 200000 /dev/zero | tr '\\0' '\\n'; cat > /dev/null; echo done")]
    [InlineData("cat; echo done")]
    public async Task A_long_prompt_and_a_program_that_reads_late_or_never_do_not_wait_for_each_other(string script)
    {
        var run = await _server.TryAsync("command", script, prompt: new string('p', 90_000));

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.EndsWith("done", run.ResultText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_reach_the_program_as_they_are_written_and_its_environment_is_a_list_of_names()
    {
        var members = new JsonObject
        {
            ["command"] = new JsonArray("./run.sh", "$(touch evil)", "a b", "", "*", "${AGENT_ORCHESTRATOR_AGENT_DIR}", "${AO_TEST_NAMED}", "${AO_TEST_UNNAMED}"),
            ["env"] = new JsonArray("AO_TEST_NAMED"),
        };

        var run = await _server.TryAsync("command", "for a in \"$@\"; do echo \"[$a]\"; done; env | grep -o '^[A-Z_]*'", members);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        var lines = run.ResultText!.Split('\n');
        Assert.Equal(["[$(touch evil)]", "[a b]", "[]", "[*]", $"[{_server.FolderOf("program")}]", "[named]", "[${AO_TEST_UNNAMED}]"], lines[..7]);
        Assert.Contains("AO_TEST_NAMED", lines);
        Assert.DoesNotContain("AO_TEST_UNNAMED", lines);
        Assert.Contains("AGENT_SESSION_NAME", lines);
    }

    [Fact]
    public async Task A_stop_ends_the_whole_tree()
    {
        var marker = Path.Combine(_server.Server.Folder, "marker-of-the-command");
        await File.WriteAllTextAsync(marker, "", TestContext.Current.CancellationToken);
        await _server.WriteAgentAsync("program", "command", $"trap '' TERM; (setsid tail -f {marker} &) ; tail -f {marker} & wait; sleep 1000");
        var started = await _server.Runs.StartAsync("hello", agent: "program");
        await RunClient.WaitAsync(() => ClaudeServer.ProcessesThatMention("tail -f " + marker).Count == 2, "both children run");

        await _server.Runs.StopAsync(started.RunId);
        var run = await _server.Runs.WaitForEndAsync(started.RunId);

        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.Empty(ClaudeServer.ProcessesThatMention("tail -f " + marker));
    }

    [Fact]
    public async Task Its_time_is_bounded()
    {
        var run = await _server.TryAsync("command", "echo before; exec sleep 1000", new JsonObject { ["timeout_seconds"] = 1 });

        Assert.Equal((RunStatus.Failed, "timeout", "it took longer than its 1 s and was ended"), (run.Status, run.Reason, run.Error));
    }

    [Fact]
    public async Task A_resumed_session_reads_what_was_said_with_its_own_token()
    {
        var script = """
            grep -o '"is_resumed":[a-z]*'
            curl -sf -H "Authorization: Bearer $AGENT_ORCHESTRATOR_TOKEN" "$AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID/events" | grep -o 'my first [a-z]*'
            true
            """;

        var first = await _server.TryAsync("command", script, prompt: "my first words");
        var second = await _server.RunAsync("program", "and more", first.SessionId);

        Assert.StartsWith("\"is_resumed\":false", first.ResultText, StringComparison.Ordinal);
        Assert.StartsWith("\"is_resumed\":true\nmy first words", second.ResultText, StringComparison.Ordinal);
        Assert.NotEqual(first.RunId, second.RunId);
    }

    [Fact]
    public async Task A_program_that_is_not_there_or_may_not_be_executed_is_missing()
    {
        await _server.WriteAgentAsync("program", "command", "echo");
        await _server.WriteProgramAsync("program", "run.sh", "echo", isExecutable: false);
        var notExecutable = await _server.RunAsync("program");
        File.Delete(Path.Combine(_server.FolderOf("program"), "run.sh"));
        var gone = await _server.RunAsync("program");
        await _server.Http.CallAsync(HttpMethod.Patch, "/agents/program", """{"command":["no-such-program-anywhere"]}""");
        var unknown = await _server.RunAsync("program");

        Assert.All([notExecutable, gone, unknown], run => Assert.Equal((RunStatus.Failed, "missing"), (run.Status, run.Reason)));
        Assert.Contains("chmod +x", notExecutable.Error, StringComparison.Ordinal);
        Assert.Contains("run.sh is not there", gone.Error, StringComparison.Ordinal);
        Assert.Contains("no-such-program-anywhere", unknown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"executor":"command"}""", "executor command needs a command")]
    [InlineData("""{"executor":"chat","command":["x"]}""", "command is for the executors command and process")]
    [InlineData("""{"executor":"command","command":["../x"]}""", "must not leave the agent's folder")]
    [InlineData("""{"executor":"command","command":[" "]}""", "must begin with the program")]
    [InlineData("""{"executor":"command","command":["x"],"timeout_seconds":-1}""", "timeout_seconds must be 1 to 604800")]
    [InlineData("""{"executor":"command","command":["x"],"output_schema":{"typ":"object"}}""", "output_schema: /typ is not a keyword that is checked here")]
    [InlineData("""{"executor":"process","command":["x"],"output_schema":{"type":"object"}}""", "output_schema is for the executor command")]
    public async Task A_definition_that_cannot_work_is_refused(string members, string detail)
    {
        var agent = JsonNode.Parse(members)!.AsObject();
        (agent["name"], agent["description"]) = ("wrong", "Wrong");

        var problem = await _server.Http.CallAsync(HttpMethod.Post, "/agents", agent.ToJsonString(), expected: 422);

        Assert.Contains(detail, problem.Text("detail"), StringComparison.Ordinal);
    }
}
