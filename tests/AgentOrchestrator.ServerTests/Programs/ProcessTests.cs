using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.ClaudeCode;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Programs;

/// <summary>Agents that speak for themselves: programs of the executor protocol, which know of no token, against a server that asks for one.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    /// <summary>What the predecessor's executors do, with curl.</summary>
    const string Predecessor = """
        told=$(cat); echo "$told" > "$AGENT_ORCHESTRATOR_AGENT_DIR/told-$AGENT_ORCHESTRATOR_RUN_ID.json"
        env > "$AGENT_ORCHESTRATOR_AGENT_DIR/env"
        prompt=$(echo "$told" | grep -o '"prompt":"[^"]*"' | cut -d'"' -f4)
        api=$AGENT_ORCHESTRATOR_API_URL
        send() { curl -sf -X "$1" "$api$2" -H 'Content-Type: application/json' -d "$3" || exit 9; }
        case $told in
          *'"mode":"start"'*)
            id=5f0c9a52-0d47-4f0f-9d3f-$(date +%s%N | tail -c 13)
            send POST /sessions "{\"session_id\":\"$id\",\"session_name\":\"$AGENT_SESSION_NAME\",\"project_dir\":\"$PWD\"}" ;;
          *)
            id=$(curl -sf "$api/sessions/by-name/$AGENT_SESSION_NAME" | grep -o '"session_id":"[^"]*"' | head -1 | cut -d'"' -f4)
            send PATCH "/sessions/$id/metadata" '{"last_resumed_at":"2026-01-01T00:00:00Z"}'
            send POST "/sessions/$id/events" "{\"event_type\":\"session_start\",\"session_id\":\"$id\",\"session_name\":\"$AGENT_SESSION_NAME\",\"timestamp\":\"now\"}" ;;
        esac
        event() { send POST "/sessions/$id/events" "{\"session_id\":\"$id\",\"session_name\":\"$AGENT_SESSION_NAME\",\"timestamp\":\"now\",$1}"; }
        event "\"event_type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"$prompt\"}]"
        event '"event_type":"post_tool","tool_name":"Bash","tool_input":{"command":"ls"},"tool_output":"file"'
        event "\"event_type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"heard $prompt\"}]"
        event '"event_type":"session_stop","exit_code":0,"reason":"completed"'
        echo "heard $prompt"
        """;

    ProgramServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ProgramServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_program_of_the_predecessor_starts_and_resumes_unchanged()
    {
        var first = await _server.TryAsync("process", Predecessor, prompt: "one");
        Assert.True(first.Status is RunStatus.Completed, first.Error);
        var second = await _server.RunAsync("program", "two", first.SessionId);
        Assert.True(second.Status is RunStatus.Completed, second.Error);

        Assert.Equal(("heard one", "heard two"), (first.ResultText, second.ResultText));
        Assert.Equal("heard two", (await _server.ResultAsync(first.SessionId)).Result);
        var log = await _server.Runs.ReadLogAsync(first.SessionId);
        Assert.Equal(
            ["run_queued", "run_start", "message", "post_tool", "message", "session_stop", "run_completed",
             "run_queued", "run_start", "session_start", "message", "post_tool", "message", "session_stop", "run_completed"],
            log.Select(e => e.EventType));
        Assert.Equal(["one", "heard one", "two", "heard two"], log.Where(e => e.EventType is EventTypes.Message).Select(RunClient.TextOf));
        var affinity = (await _server.Http.GetJsonAsync($"/sessions/{first.SessionId}/affinity")).GetProperty("affinity");
        Assert.StartsWith("5f0c9a52-0d47", affinity.Text("executor_session_id"), StringComparison.Ordinal);
        Assert.Equal(("process", Environment.MachineName), (affinity.Text("executor_type"), affinity.Text("hostname")));
        var told = JsonDocument.Parse(_server.Read("program", $"told-{second.RunId}.json")).RootElement;
        Assert.Equal(("1.0", "resume", first.SessionName, "two"), (told.Text("schema_version"), told.Text("mode"), told.Text("session_name"), told.Text("prompt")));
        Assert.Equal(affinity.Text("executor_session_id"), told.Text("executor_session_id"));
        Assert.Equal("program", told.GetProperty("agent_blueprint").Text("name"));
        var session = (await _server.Http.GetJsonAsync($"/sessions/{first.SessionId}")).GetProperty("session");
        Assert.StartsWith("2026-01-01", session.Text("last_resumed_at"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_gets_a_loopback_address_and_the_sessions_own_token_and_nothing_of_the_runner()
    {
        const string Script = """
            env > "$AGENT_ORCHESTRATOR_AGENT_DIR/env"
            api=$AGENT_ORCHESTRATOR_API_URL
            status() { curl -s -o /dev/null -w '%{http_code} ' "$@"; }
            status -X POST "$api/runner/register" -H 'Content-Type: application/json' -d '{"hostname":"x","project_dir":"/","executor_type":"x"}'
            status "$api/runs"
            status "${api%/*}/sessions"
            status "${api%/*}/00000000000000000000000000000000/sessions"
            status "$api/sessions/$AGENT_SESSION_NAME"
            status "$api/sessions/other"
            status -X POST "$api/sessions/other/events" -H 'Content-Type: application/json' -d '{"event_type":"message"}'
            status -X POST "$api/sessions" -H 'Content-Type: application/json' -d '{"session_id":"x1","session_name":"other"}'
            status -X PATCH "$api/sessions/other/metadata" -H 'Content-Type: application/json' -d '{"agent_name":"program"}'
            status -X POST "$api/sessions/$AGENT_SESSION_ID/events" -H 'Content-Type: application/json' -d '{nonsense'
            head -c 1100000 /dev/zero | tr '\0' x | status -X POST "$api/sessions/$AGENT_SESSION_ID/events" -H 'Content-Type: application/json' --data-binary @-
            """;
        await _server.WriteAgentAsync("other-agent", "command", "true");
        await _server.Http.PostJsonAsync("/runs", new { type = "start_session", session_name = "other", agent_name = "other-agent", prompt = "hello" });

        var run = await _server.TryAsync("process", Script);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("403 403 404 404 200 404 404 403 403 400 413", run.ResultText);
        var env = _server.Read("program", "env").Split('\n');
        Assert.Matches(@"^AGENT_ORCHESTRATOR_API_URL=http://127\.0\.0\.1:\d+/[0-9a-f]{32}$", env.Single(line => line.StartsWith("AGENT_ORCHESTRATOR_API_URL=", StringComparison.Ordinal)));
        Assert.DoesNotContain(env, line => line.Contains(_server.Server.Host.Token!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_programs_of_ao_work_through_it()
    {
        var run = await _server.TryAsync("process", $"PATH={Faults.ServerProcess.ToolsFolder}:$PATH; ao status $AGENT_SESSION_NAME; ao events $AGENT_SESSION_ID --json | grep -c run_start");

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("running\n1", run.ResultText);
    }

    [Theory]
    [InlineData("true", "completed", null, "")]
    [InlineData("echo said nothing else", "completed", null, "said nothing else")]
    [InlineData("yes | head -c 3000000", "completed", null, "y\ny")]
    [InlineData("cat > /dev/null; echo bad >&2; exit 7", "failed", "error", "run.sh exited with code 7: bad")]
    [InlineData("kill -KILL $$", "failed", "error", "run.sh ended by SIGKILL")]
    public async Task Its_exit_code_ends_the_run(string script, string status, string? reason, string said)
    {
        var run = await _server.TryAsync("process", script);

        Assert.Equal((status, reason), (run.Status.ToString().ToLowerInvariant(), run.Reason));
        Assert.StartsWith(said, (run.Error ?? run.ResultText) ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_posted_result_is_the_result()
    {
        var run = await _server.TryAsync("process", """
            curl -sf "$AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID/events" -H 'Content-Type: application/json' \
              -d '{"event_type":"result","result_text":"two things","result_data":{"things":2}}'
            """);

        Assert.Equal((RunStatus.Completed, "two things"), (run.Status, run.ResultText));
        Assert.Equal(2, run.ResultData!.Value.GetProperty("things").GetInt32());
        Assert.Equal(2, (await _server.ResultAsync(run.SessionId)).ResultData!.Value.GetProperty("things").GetInt32());
    }

    [Fact]
    public async Task A_thousand_events_stay_in_order()
    {
        var run = await _server.TryAsync("process", """
            i=0
            while [ $i -lt 1000 ]; do
              echo "next"; echo "url = $AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID/events"
              echo "header = \"Content-Type: application/json\""
              echo "data = \"{\\\"event_type\\\":\\\"notice\\\",\\\"reason\\\":\\\"n$i\\\"}\""
              echo "output = /dev/null"
              i=$((i+1))
            done | curl -s --fail -K -
            """);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        var log = await _server.Runs.ReadLogAsync(run.SessionId);
        Assert.Equal(Enumerable.Range(0, 1000).Select(n => $"n{n}"), log.Where(e => e.EventType is EventTypes.Notice).Select(e => e.Reason!));
    }

    [Fact]
    public async Task A_stop_ends_the_whole_tree_and_time_is_bounded()
    {
        var marker = Path.Combine(_server.Server.Folder, "marker-of-the-process");
        await File.WriteAllTextAsync(marker, "", Cancel);
        await _server.WriteAgentAsync("program", "process", $"(setsid tail -f {marker} &); exec tail -f {marker}");
        var started = await _server.Runs.StartAsync("hello", agent: "program");
        await RunClient.WaitAsync(() => ClaudeServer.ProcessesThatMention("tail -f " + marker).Count == 2, "both run");

        await _server.Runs.StopAsync(started.RunId);
        Assert.Equal(RunStatus.Stopped, (await _server.Runs.WaitForEndAsync(started.RunId)).Status);
        Assert.Empty(ClaudeServer.ProcessesThatMention("tail -f " + marker));

        await _server.Http.CallAsync(HttpMethod.Patch, "/agents/program", """{"timeout_seconds":1}""");
        var late = await _server.RunAsync("program");
        Assert.Equal((RunStatus.Failed, "timeout"), (late.Status, late.Reason));
        Assert.Empty(ClaudeServer.ProcessesThatMention("tail -f " + marker));
    }

    [Fact]
    public async Task A_feed_comes_through_as_it_happens()
    {
        var run = await _server.TryAsync("process", """
            api=$AGENT_ORCHESTRATOR_API_URL
            mkfifo feed; curl -sN "$api/sessions/$AGENT_SESSION_ID/feed" > feed & reader=$!
            exec 3< feed
            curl -sf "$api/sessions/$AGENT_SESSION_ID/events" -o /dev/null -H 'Content-Type: application/json' -d '{"event_type":"notice","reason":"seen-live"}'
            while read -r line <&3; do case $line in *seen-live*) echo came; break ;; esac; done
            kill $reader
            """);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("came", run.ResultText);
    }

    [Fact]
    public async Task The_address_is_gone_with_the_run()
    {
        await _server.TryAsync("process", "echo $AGENT_ORCHESTRATOR_API_URL > \"$AGENT_ORCHESTRATOR_AGENT_DIR/address\"");
        using var http = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(_server.Read("program", "address").Trim() + "/health", Cancel));
    }
}
