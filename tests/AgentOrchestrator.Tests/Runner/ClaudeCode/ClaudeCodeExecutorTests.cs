using System.Text;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class ClaudeCodeExecutorTests : IAsyncLifetime
{
    readonly RecordedOutput _output = new();
    ClaudeBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClaudeBench.StartAsync();

    public ValueTask DisposeAsync() => _bench is null ? ValueTask.CompletedTask : _bench.DisposeAsync();

    [Fact]
    public async Task A_start_with_a_tool_call_tells_everything_in_order()
    {
        var agent = ClaudeBench.Agent with { SystemPrompt = "You are the bench's agent.", Model = "claude-opus-5-5" };
        const string prompt = """[[usage:100,10]][[say:Looking. ]][[tool:Bash {"command":"pwd"}]][[say:That was it.]]""";

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output, agent), CancellationToken.None);

        Assert.Equal("That was it.", Assert.IsType<RunOutcome.Completed>(outcome).Text);
        Assert.Equal(
            [EventTypes.Message, EventTypes.PreTool, EventTypes.PostTool, EventTypes.Message, EventTypes.Result],
            _output.Events.Select(entry => entry.Type));
        Assert.Equal("Looking. That was it.", _output.Live);
        var after = _output.Single(EventTypes.PostTool);
        Assert.Equal(("Bash", """{"command":"pwd"}"""), (after.ToolName, after.ToolInput!.Value.GetRawText()));
        Assert.Equal(_bench.Workspace, after.ToolOutput!.Value.GetProperty("stdout").GetString());
        Assert.Equal((200, 20, 2), (outcome.Usage!.InputTokens, outcome.Usage.OutputTokens, outcome.Usage.Turns));
        Assert.True(outcome.Usage.CostUsd > 0);
        Assert.Equal(outcome.Usage, _output.Single(EventTypes.Result).Usage);
        Assert.True(Guid.TryParse(_output.ExecutorSessionId, out _));
        Assert.Contains("You are the bench's agent.", MessageRequests()[0]["system"]!.ToJsonString(JsonText), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resume_keeps_the_conversation_and_counts_only_its_own_cost()
    {
        var first = await _bench.Executor.ExecuteAsync(_bench.Run("[[usage:1000,100]][[say:I keep the word aubergine.]]", _output), CancellationToken.None);
        var again = new RecordedOutput();

        var second = await _bench.Executor.ExecuteAsync(
            _bench.Run("[[usage:1000,100]][[say:You said it.]]", again, resume: _output.ExecutorSessionId), CancellationToken.None);

        Assert.Equal("You said it.", Assert.IsType<RunOutcome.Completed>(second).Text);
        Assert.Equal(_output.ExecutorSessionId, again.ExecutorSessionId);
        Assert.Equal(first.Usage!.CostUsd, second.Usage!.CostUsd);
        Assert.Contains("aubergine", MessageRequests()[^1]["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resume_of_a_conversation_that_is_not_here_fails_with_the_programs_words()
    {
        var outcome = await _bench.Executor.ExecuteAsync(
            _bench.Run("hello", _output, resume: "11111111-1111-4111-8111-111111111111"), CancellationToken.None);

        Assert.StartsWith("No conversation found", Assert.IsType<RunOutcome.Failed>(outcome).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_tool_leaves_no_process()
    {
        // The tool says on the model server's own port that it runs, and leaves one child in a session of its own.
        var port = new Uri(_bench.Models.BaseUrl).Port;
        var command = $"(setsid tail -f /dev/null &); exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 600 tail -f /dev/null";
        var prompt = $"[[tool:Bash {new JsonObject { ["command"] = command }.ToJsonString()}]]";
        using var stop = new CancellationTokenSource();
        var execution = _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output, ClaudeBench.FreeAgent), stop.Token);
        await _bench.Models.WaitForRequestAsync(request => request is { Method: "GET", Path: "/" }, _bench.Deadline);

        await stop.CancelAsync();

        Assert.IsType<RunOutcome.Stopped>(await execution.WaitAsync(_bench.Deadline));
        Assert.Empty(ProcessTree.Members(await ProcScan.TakeAsync(), Encoding.UTF8.GetBytes(_bench.Mark), null));
        Assert.Equal("Bash", _output.Single(EventTypes.PreTool).ToolName);
    }

    [Fact]
    public async Task A_stop_while_the_model_writes_keeps_what_came_and_can_be_resumed()
    {
        using var stop = new CancellationTokenSource();
        var execution = _bench.Executor.ExecuteAsync(_bench.Run("[[say:half a sen]][[hang]]", _output), stop.Token);
        await _bench.Models.WaitForHangAsync(_bench.Deadline);

        await stop.CancelAsync();
        var stopped = Assert.IsType<RunOutcome.Stopped>(await execution.WaitAsync(_bench.Deadline));
        var resumed = await _bench.Executor.ExecuteAsync(
            _bench.Run("[[say:and on]]", new RecordedOutput(), resume: _output.ExecutorSessionId), CancellationToken.None);

        Assert.Equal("SIGINT", stopped.Signal);
        Assert.Equal("and on", Assert.IsType<RunOutcome.Completed>(resumed).Text);
    }

    [Fact]
    public async Task A_failure_of_the_API_is_a_failure_with_its_text()
    {
        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run("[[fail:400 the prompt is not to my taste]]", _output), CancellationToken.None);

        var failed = Assert.IsType<RunOutcome.Failed>(outcome);
        Assert.Equal(("model", 1), (failed.Reason, failed.ExitCode));
        Assert.Contains("the prompt is not to my taste", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_output.Events, entry => entry.Type is EventTypes.Result or EventTypes.Message);
    }

    [Fact]
    public async Task A_repeated_call_of_the_API_is_seen()
    {
        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run("[[fail:529 come back later]]", _output), CancellationToken.None);

        Assert.Contains("come back later", Assert.IsType<RunOutcome.Failed>(outcome).Error, StringComparison.Ordinal);
        Assert.Contains(_output.Events, entry => entry.Type == EventTypes.Notice && entry.Fields.Reason == "api_retry");
    }

    [Fact]
    public async Task A_limit_of_turns_ends_the_run_as_such()
    {
        const string prompt = """[[tool:Bash {"command":"echo a"}]][[tool:Bash {"command":"echo b"}]]""";

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output, ClaudeBench.Agent with { MaxTurns = 1 }), CancellationToken.None);

        Assert.Equal("limit", Assert.IsType<RunOutcome.Failed>(outcome).Reason);
    }

    [Fact]
    public async Task A_budget_ends_the_run_and_what_it_cost_is_told()
    {
        const string prompt = """[[usage:1000000,500000]][[tool:Bash {"command":"echo a"}]][[say:never]]""";

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output, ClaudeBench.Agent with { MaxBudgetUsd = 0.01m }), CancellationToken.None);

        Assert.Equal("limit", Assert.IsType<RunOutcome.Failed>(outcome).Reason);
        Assert.True(outcome.Usage!.CostUsd > 0.01m);
        Assert.Equal(1_000_000, outcome.Usage.InputTokens);
    }

    [Fact]
    public async Task A_tool_that_is_not_allowed_is_denied_and_one_that_is_runs()
    {
        const string prompt = """[[tool:Bash {"command":"touch denied"}]][[tool:Bash {"command":"mkdir allowed"}]][[say:done]]""";
        var agent = ClaudeBench.Agent with { AllowedTools = ["Bash(mkdir *)"] };

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output, agent), CancellationToken.None);

        Assert.IsType<RunOutcome.Completed>(outcome);
        Assert.Equal(["allowed"], Directory.EnumerateFileSystemEntries(_bench.Workspace).Select(Path.GetFileName));
        Assert.Equal([true, false], _output.Events.Where(entry => entry.Type == EventTypes.PostTool).Select(entry => entry.Fields.Error is not null));
    }

    [Fact]
    public async Task A_dead_MCP_server_is_told_and_the_run_goes_on()
    {
        var agent = ClaudeBench.Agent with
        {
            McpServers = new Dictionary<string, McpServer> { ["gone"] = new() { Command = "/does/not/exist", Args = [] } },
        };

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run("[[say:ok]]", _output, agent), CancellationToken.None);

        Assert.IsType<RunOutcome.Completed>(outcome);
        Assert.Equal("mcp_server", _output.Single(EventTypes.Notice).Reason);
    }

    [Fact]
    public async Task A_placeholder_for_an_MCP_server_is_filled_from_the_runs_environment()
    {
        var asked = new McpServer { Command = "sh", Args = ["-c", "echo $0 > asked", "${AGENT_SESSION_ID}"] };
        var agent = ClaudeBench.Agent with { McpServers = new Dictionary<string, McpServer> { ["asked"] = asked } };

        await _bench.Executor.ExecuteAsync(_bench.Run("[[say:ok]]", _output, agent), CancellationToken.None);

        Assert.Equal("ses_000000000001\n", await File.ReadAllTextAsync(Path.Combine(_bench.Workspace, "asked"), _bench.Deadline));
    }

    [Fact]
    public async Task A_long_prompt_reaches_the_model_whole()
    {
        var prompt = $"[[say:read]] {new string('p', 1_000_000)} the end";

        var outcome = await _bench.Executor.ExecuteAsync(_bench.Run(prompt, _output), CancellationToken.None);

        Assert.IsType<RunOutcome.Completed>(outcome);
        Assert.Contains("p the end", MessageRequests()[^1]["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_found_with_its_version()
    {
        var found = await _bench.Executor.DetectAsync(_bench.Deadline);

        Assert.True(found.IsAvailable, found.Detail);
        Assert.Contains("Claude Code", found.Detail, StringComparison.Ordinal);
    }

    static System.Text.Json.JsonSerializerOptions JsonText { get; } =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    List<JsonObject> MessageRequests() => [.. _bench.Models.Requests.Where(request => request.Path == "/v1/messages").Select(request => request.Body!)];
}
