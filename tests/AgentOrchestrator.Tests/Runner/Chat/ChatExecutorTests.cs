using System.Text.Json;
using AgentOrchestrator.ModelServer;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.Chat;
using AgentOrchestrator.Tests.Runner.ClaudeCode;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Chat;

public sealed class ChatExecutorTests : IAsyncLifetime
{
    readonly RecordedOutput _output = new();
    readonly TempFolder _scratch = new();
    ScriptedModelServer _models = null!;
    LogServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _models = await ScriptedModelServer.StartAsync(cancel: Cancel);
        _server = await LogServer.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _models.DisposeAsync();
        await _server.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("ollama")]
    public async Task A_run_streams_and_ends_with_message_result_and_usage(string provider)
    {
        var outcome = await ExecuteAsync(Agent(provider) with { SystemPrompt = "Be brief.", Model = "m1" }, "[[usage:30,5]][[say:good morning]]");

        var completed = Assert.IsType<RunOutcome.Completed>(outcome);
        Assert.Equal("good morning", completed.Text);
        Assert.Equal((30, 5, 1, "m1"), (completed.Usage!.InputTokens, completed.Usage.OutputTokens, completed.Usage.Turns, completed.Usage.Model));
        Assert.Equal("good morning", _output.Live);
        Assert.Equal([EventTypes.Message, EventTypes.Result], _output.Events.Select(entry => entry.Type));
        Assert.Equal(("assistant", "good morning"), Said(_output.Events[0].Fields));
        Assert.Equal(("good morning", completed.Usage), (_output.Events[1].Fields.ResultText, _output.Events[1].Fields.Usage));
        Assert.Contains("Be brief.", _models.Requests[^1].Body!.ToJsonString());
    }

    [Fact]
    public async Task The_log_is_the_memory_over_any_number_of_pages_and_without_the_run_itself()
    {
        for (var i = 0; i < 7; i++) { _server.Say(i % 2 == 0 ? "user" : "assistant", $"line {i}"); }
        _server.Say("user", "again", runId: "run_1");

        await ExecuteAsync(Agent("openai"), "[[say:x]]", new ChatLimits { PageSize = 3 });

        var sent = _models.Requests[^1].Body!["messages"]!.AsArray();
        Assert.Equal([.. Enumerable.Range(0, 7).Select(i => $"line {i}"), "[[say:x]]"], sent.Select(TextOf));
        Assert.Equal(["user", "assistant"], sent.Take(2).Select(message => message!["role"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_conversation_over_the_budget_is_shortened_and_says_so()
    {
        foreach (var (role, text) in new[] { ("user", "1111"), ("assistant", "2222"), ("user", "3333"), ("assistant", "4444") }) { _server.Say(role, text); }

        await ExecuteAsync(Agent("openai"), "[[say:x]]", new ChatLimits { MaxHistoryChars = 12 });

        Assert.Equal(["3333", "4444", "[[say:x]]"], _models.Requests[^1].Body!["messages"]!.AsArray().Select(TextOf));
        var notice = _output.Single(EventTypes.Notice);
        Assert.Equal("history_shortened", notice.Reason);
        Assert.Contains("up to event 2", notice.Content!.Value.GetRawText());
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for()
    {
        _server.Say("user", "before");
        _server.RefuseNext(1);

        Assert.IsType<RunOutcome.Completed>(await ExecuteAsync(Agent("openai"), "[[say:x]]"));
        Assert.Equal(2, _models.Requests[^1].Body!["messages"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_stop_cancels_the_call_and_keeps_what_was_said()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = new ChatExecutor().ExecuteAsync(Context(Agent("openai"), "[[say:half a word]][[hang]]"), stop.Token);
        await Eventually.TrueAsync(() => _output.Live == "half a word", "the text is shown");

        await stop.CancelAsync();

        Assert.Equal("SIGINT", Assert.IsType<RunOutcome.Stopped>(await run).Signal);
        var message = Assert.Single(_output.Events).Fields;
        Assert.Equal("half a word", Said(message).Text);
        Assert.True(message.Data!.Value.GetProperty("partial").GetBoolean());
    }

    [Fact]
    public async Task A_refusal_fails_the_run_in_the_providers_words()
    {
        var outcome = await ExecuteAsync(Agent("anthropic"), "[[fail:400 Your credit is used up, sk-key.]]");

        var failed = Assert.IsType<RunOutcome.Failed>(outcome);
        Assert.Equal(("model", "anthropic answered 400: Your credit is used up, ***."), (failed.Reason, failed.Error));
        Assert.Empty(_output.Events);
    }

    [Fact]
    public async Task What_is_not_configured_is_said()
    {
        var context = Context(Agent("openai"), "hello") with { Environment = new Dictionary<string, string>() };

        var failed = Assert.IsType<RunOutcome.Failed>(await new ChatExecutor().ExecuteAsync(context, Cancel));

        Assert.Equal(("missing", "OPENAI_API_KEY is not set; set it where the runner starts."), (failed.Reason, failed.Error));
    }

    [Fact]
    public async Task A_scripted_agent_starts_children_and_journals_each_call()
    {
        var script = """
            [{"reply":"Asking.","calls":[
                {"name":"start_session","input":{"agent_name":"writer","prompt":"On {prompt}"}},
                {"name":"start_session","input":{"agent_name":"nobody","prompt":"x"}},
                {"name":"start_session","input":{"agent_name":"writer"}},
                {"name":"rm","input":{}}],
              "then":{"reply":"Asked."}}]
            """;

        var outcome = await ExecuteAsync(Scripted(script), "rain");

        Assert.Equal("Asked.", Assert.IsType<RunOutcome.Completed>(outcome).Text);
        var (child, key, authorization) = _server.Created[0];
        Assert.Equal((RunType.StartSession, "writer", "On rain", "ses_1", ExecutionMode.AsyncCallback), (child.Type, child.AgentName, child.Prompt, child.ParentSessionId, child.ExecutionMode));
        Assert.Equal(("run_1-call_1_1_1", "Bearer aor_token"), (key, authorization));
        string[] calls = [.. Enumerable.Repeat(new[] { EventTypes.PreTool, EventTypes.PostTool }, 4).SelectMany(pair => pair)];
        Assert.Equal([EventTypes.Message, .. calls, EventTypes.Message, EventTypes.Result], _output.Events.Select(entry => entry.Type));
        var answers = _output.Events.Where(entry => entry.Type == EventTypes.PostTool).Select(entry => entry.Fields).ToList();
        Assert.Equal("ses_2", answers[0].ToolOutput!.Value.GetProperty("session_id").GetString());
        Assert.Equal("Agent not found: nobody", answers[1].Error);
        Assert.Contains("needs agent_name and prompt", answers[2].Error);
        Assert.Contains("no tool 'rm'", answers[3].Error);
    }

    [Fact]
    public async Task Real_models_are_not_offered_the_tool_of_the_scripted_ones()
    {
        await ExecuteAsync(Agent("openai"), "[[say:x]]");

        Assert.Null(_models.Requests[^1].Body!["tools"]);
    }

    [Fact]
    public async Task A_model_that_never_stops_calling_tools_is_ended()
    {
        var script = """[{"calls":[{"name":"a"}],"then":{"calls":[{"name":"b"}],"then":{"reply":"x"}}}]""";

        var failed = Assert.IsType<RunOutcome.Failed>(await ExecuteAsync(Scripted(script) with { MaxTurns = 2 }, "go"));

        Assert.Equal("limit", failed.Reason);
        Assert.Contains("max_turns", failed.Error);
    }

    [Fact]
    public async Task Detection_says_what_is_usable_and_what_is_missing()
    {
        var nothing = await ChatDetection.DetectAsync(new Dictionary<string, string> { ["OLLAMA_BASE_URL"] = "http://127.0.0.1:9" }, Cancel);
        var something = await ChatDetection.DetectAsync(
            new Dictionary<string, string> { ["OPENAI_API_KEY"] = "k", ["OLLAMA_BASE_URL"] = _models.BaseUrl }, Cancel);

        Assert.True(nothing.IsAvailable);
        Assert.Contains("openai: set OPENAI_API_KEY", nothing.Detail);
        Assert.Contains("ollama: does not answer", nothing.Detail);
        Assert.Contains("openai: OPENAI_API_KEY is set", something.Detail);
        Assert.Contains("ollama: answers", something.Detail);
        Assert.Contains("scripted: always", something.Detail);
    }

    static AgentView Agent(string provider) => new() { Name = "a", Description = "d", Status = "active", Provider = provider };

    static AgentView Scripted(string script) => Agent("scripted") with { Script = JsonElement.Parse(script) };

    static string? TextOf(System.Text.Json.Nodes.JsonNode? message) => message!["content"] is System.Text.Json.Nodes.JsonArray parts
        ? parts[0]!["text"]!.GetValue<string>()
        : message["content"]!.GetValue<string>();

    static (string? Role, string? Text) Said(EventFields message) => (message.Role, message.Content!.Value[0].GetProperty("text").GetString());

    Task<RunOutcome> ExecuteAsync(AgentView agent, string prompt, ChatLimits? limits = null) =>
        new ChatExecutor(limits ?? new ChatLimits(), TimeProvider.System).ExecuteAsync(Context(agent, prompt), Cancel);

    RunContext Context(AgentView agent, string prompt) => new()
    {
        Run = new RunView
        {
            RunId = "run_1",
            Type = RunType.ResumeSession,
            SessionId = "ses_1",
            SessionName = "ses_1",
            Prompt = prompt,
            ExecutionMode = ExecutionMode.Sync,
            Status = RunStatus.Running,
            CreatedAt = DateTimeOffset.UnixEpoch,
        },
        Agent = agent,
        WorkingDirectory = "/",
        ScratchDirectory = Directory.CreateDirectory(_scratch[Path.GetRandomFileName()]).FullName,
        Environment = new Dictionary<string, string>
        {
            ["OPENAI_API_KEY"] = "sk-key",
            ["OPENAI_BASE_URL"] = _models.BaseUrl + "/v1",
            ["ANTHROPIC_API_KEY"] = "sk-key",
            ["ANTHROPIC_BASE_URL"] = _models.BaseUrl,
            ["OLLAMA_BASE_URL"] = _models.BaseUrl,
        },
        Output = _output,
        Server = _server.Url,
        Token = "aor_token",
    };
}
