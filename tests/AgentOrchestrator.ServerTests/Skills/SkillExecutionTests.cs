using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Tools;
using AgentOrchestrator.Tests.Tools;

namespace AgentOrchestrator.ServerTests.Skills;

/// <summary>Skills, run with the tools of an agent.</summary>
public sealed class SkillExecutionTests
{
    const string Mail = """{"agent_name":"ada","action_server":"mail"}""";

    const string Notify = """
        {"description":"Reckons and tells somebody","input_schema":{"type":"object","properties":{"whom":{"type":"string"}},"required":["whom"]},
         "steps":[{"name":"reckon","tool_name":"calculator","arguments":{"expression":"6*7"}},
                  {"name":"tell","server_name":"mail","tool_name":"send","arguments":{"to":"{{input.whom}}","text":"{{reckon}}"}}]}
        """;

    [Fact]
    public async Task A_skill_is_run_step_by_step_with_the_tools_of_its_agent()
    {
        await using var stage = await StageAsync();

        var done = (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", """{"agent_name":"ada","input":{"whom":"ann"}}""")).Json;

        Assert.Equal(("completed", "", "ada", "1"), (done.Text("status"), done.Text("error"), done.Text("agent_name"), done.Text("version")));
        Assert.Equal("""{"sent":{"to":"ann","text":42}}""", done.GetProperty("output").GetRawText());
        Assert.Equal(["reckon", "tell"], done.GetProperty("step_results").EnumerateArray().Select(step => step.Text("step_name")));
    }

    [Fact]
    public async Task A_skill_is_an_action_of_the_agents_that_name_it()
    {
        await using var stage = await StageAsync();

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/ada/actions")).Json;
        var others = (await stage.SendAsync(HttpMethod.Get, "/agents/eve/actions")).Json;
        var called = (await stage.ExecuteAsync("ada", """{"action_id":"skill__notify","parameters":{"whom":"ann"}}""")).Json;
        var wrong = (await stage.ExecuteAsync("ada", """{"action_id":"skill__notify","parameters":{"whom":1}}""")).Json;

        var action = listed.GetProperty("actions").EnumerateArray().Single(one => one.Text("id") == "skill__notify");
        Assert.Equal(("Reckons and tells somebody", "skills"), (action.Text("description"), action.Text("server")));
        Assert.Equal("string", action.GetProperty("input_schema").GetProperty("properties").GetProperty("whom").Text("type"));
        Assert.DoesNotContain("skill__", others.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(("ok", """{"sent":{"to":"ann","text":42}}"""), (called.Text("outcome"), called.GetProperty("result").GetRawText()));
        Assert.Equal(("refused", 1), (wrong.Text("outcome"), stage.Service.Requests.Count(request => request.Path == "/send")));
    }

    [Fact]
    public async Task A_run_runs_its_own_agents_skills_and_no_others()
    {
        await using var stage = await StageAsync();
        var (ada, eve) = (await stage.RunOfAsync("ada"), await stage.RunOfAsync("eve"));
        const string Input = """{"input":{"whom":"ann"}}""";

        Assert.Equal("completed", (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", Input, ada)).Json.Text("status"));
        var refused = await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", Input, eve);
        Assert.Equal((403, "skill_not_allowed"), (refused.Status, refused.Json.Text("code")));
        Assert.Equal(403, (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", """{"agent_name":"ada"}""", eve)).Status);
        Assert.Equal(403, (await stage.ExecuteAsync("eve", """{"action_id":"skill__notify","parameters":{"whom":"ann"}}""", eve)).Status);
        Assert.Equal(1, stage.Service.Requests.Count(request => request.Path == "/send"));
    }

    [Theory]
    [InlineData("""{"name":"a","tool_name":"send","arguments":{"to":"ann"}}""", "a: the agent 'eve' has no action 'send'")]
    [InlineData("""{"name":"a","server_name":"mail","tool_name":"send","arguments":{"to":"ann"}}""", "a: the agent 'eve' has no action 'mcp__mail__send'")]
    [InlineData("""{"name":"a","tool_name":"skill__loop"}""", "a: the agent 'eve' has no action 'skill__loop'")]
    [InlineData("""{"name":"a","tool_name":"calculator","arguments":{"expression":"nonsense"}}""", "a: ")]
    [InlineData("""{"name":"a","tool_name":"calculator","arguments":{"expression":"{{input.none}}"}}""", "a: {{input.none}} leads to nothing")]
    public async Task A_skill_gives_an_agent_no_tool_that_it_has_not_and_says_what_went_wrong(string step, string words)
    {
        await using var stage = await StageAsync();
        await stage.SendAsync(HttpMethod.Patch, "/agents/eve", """{"skills":["loop"]}""");
        await stage.SendAsync(HttpMethod.Put, "/skills/loop", $$"""{"description":"Does it","steps":[{{step}}]}""");

        var done = (await stage.SendAsync(HttpMethod.Post, "/skills/loop/execute", """{"agent_name":"eve"}""")).Json;

        Assert.Equal("failed", done.Text("status"));
        Assert.StartsWith(words, done.Text("error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/skills/notify/execute", """{"input":{"whom":"ann"}}""", 422)]
    [InlineData("/skills/notify/execute", """{"agent_name":"nobody"}""", 404)]
    [InlineData("/skills/other/execute", """{"agent_name":"ada"}""", 404)]
    [InlineData("/skills/notify/execute", """{"agent_name":"ada","version":2,"input":{"whom":"ann"}}""", 404)]
    [InlineData("/skills/notify/execute", """{"agent_name":"ada","input":{}}""", 422)]
    [InlineData("/skills/notify/execute", """{"agent_name":"off","input":{"whom":"ann"}}""", 409)]
    public async Task What_cannot_be_run_is_refused(string path, string body, int status)
    {
        await using var stage = await StageAsync();
        await stage.AddAgentAsync("off", ""","skills":["notify"]""");
        await stage.SendAsync(HttpMethod.Patch, "/agents/off/status", """{"status":"inactive"}""");

        Assert.Equal(status, (await stage.SendAsync(HttpMethod.Post, path, body)).Status);
    }

    [Fact]
    public async Task Skills_are_listed_and_found_among_the_actions_of_all_agents()
    {
        await using var stage = await StageAsync();

        var all = (await stage.SendAsync(HttpMethod.Get, "/actions/all")).Json;
        var found = (await stage.SendAsync(HttpMethod.Get, "/actions/search?query=NOTIFY")).Json;

        var skill = all.GetProperty("actions").EnumerateArray().Single(one => one.GetProperty("action").Text("kind") == "skill");
        Assert.Equal(("ada", "skill__notify"), (skill.Text("agent_name"), skill.GetProperty("action").Text("id")));
        Assert.Equal(all.GetProperty("actions").GetArrayLength().ToString(), all.Text("total_actions"));
        Assert.Equal(("1", "high"), (found.Text("total_matches"), found.GetProperty("matches")[0].Text("relevance")));
        Assert.DoesNotContain("skill__notify", (await stage.SendAsync(HttpMethod.Get, "/actions/all", token: await stage.RunOfAsync("eve"))).Json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_of_a_skill_is_kept_with_its_steps_and_shown()
    {
        await using var stage = await StageAsync();
        var done = (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", """{"agent_name":"ada","input":{"whom":"ann"}}""")).Json;
        var run = await stage.RunOfAsync("ada");
        await stage.ExecuteAsync("ada", """{"action_id":"skill__notify","parameters":{"whom":"eve"}}""", run);
        await stage.ExecuteAsync("ada", """{"action_id":"skill__notify","parameters":{"whom":7}}""", run);

        var listed = (await stage.SendAsync(HttpMethod.Get, "/skills/executions?skill=NOTIFY&agent_name=ada")).Json;
        var id = done.Text("execution_id");
        var kept = (await stage.SendAsync(HttpMethod.Get, $"/skills/executions/{id}", token: await stage.Server.TokenOfAsync(Role.Viewer))).Json;

        // The newest first; what was refused was not run.
        Assert.Equal([true, false], listed.GetProperty("executions").EnumerateArray().Select(one => one.Text("run_id").StartsWith("run_", StringComparison.Ordinal)));
        Assert.Equal(("completed", "ada", ""), (kept.Text("status"), kept.Text("agent_name"), kept.Text("run_id")));
        Assert.Equal(done.GetRawText(), kept.GetProperty("execution").GetRawText());
        Assert.Equal(404, (await stage.SendAsync(HttpMethod.Get, "/skills/executions/exec_none")).Status);
        Assert.Equal(403, (await stage.SendAsync(HttpMethod.Get, "/skills/executions", token: run)).Status);
        Assert.Equal(422, (await stage.SendAsync(HttpMethod.Put, "/skills/Executions", Notify)).Status);
    }

    [Fact]
    public async Task Ao_prints_which_skills_were_run()
    {
        await using var stage = await StageAsync(options => options with { NoAuth = true });
        var ao = new AoProgram(stage.Server.Url, stage.Server.Folder);
        Assert.Equal("No executions found\n", (await ao.RunAsync("ao skills executions")).Out);
        var done = (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", """{"agent_name":"ada","input":{"whom":"ann"}}""")).Json;

        Assert.Contains(done.Text("execution_id"), (await ao.RunAsync("ao skills executions --skill notify --agent ada -n 3")).Out, StringComparison.Ordinal);
        Assert.StartsWith("notify, version 1, for ada: completed\n", (await ao.RunAsync($"ao skills execution {done.Text("execution_id")}")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skills_are_run_at_the_service_that_is_named()
    {
        await using var service = new LoopbackServer(request => request.Path switch
        {
            "/api/v1/skills/notify/execute" => LoopbackServer.Json(
                """{"id":"e1","status":"completed","output":{"sent":true},"stepResults":[{"stepName":"tell","status":"success","output":1,"durationMs":3}],"durationMs":5}"""),
            "/api/v1/skills/other/execute" => LoopbackServer.Json(
                """{"id":"e2","status":"failed","output":null,"stepResults":[{"stepName":"tell","status":"error","error":"no","durationMs":3}],"durationMs":5}""", 500),
            "/api/v1/skills/odd/execute" => LoopbackServer.Text("<html>", status: 502),
            _ => LoopbackServer.Json("""{"error":"unknown skill"}""", 404),
        });
        await using var stage = await ToolStage.OpenAsync(options => options with { SkillsUrl = service.Address() });
        await stage.AddAgentAsync("ada", ""","skills":["notify","other","odd","gone"]""");
        const string Body = """{"agent_name":"ada","version":4,"input":{"whom":"ann"}}""";

        var done = (await stage.SendAsync(HttpMethod.Post, "/skills/notify/execute", Body)).Json;
        var failed = (await stage.SendAsync(HttpMethod.Post, "/skills/other/execute", Body)).Json;

        Assert.Equal(("completed", "e1", """{"sent":true}"""), (done.Text("status"), done.Text("execution_id"), done.GetProperty("output").GetRawText()));
        Assert.Equal(("failed", "tell: no"), (failed.Text("status"), failed.Text("error")));
        Assert.Equal(503, (await stage.SendAsync(HttpMethod.Post, "/skills/odd/execute", Body)).Status);
        Assert.Equal(404, (await stage.SendAsync(HttpMethod.Post, "/skills/gone/execute", Body)).Status);
        var sent = JsonNode.Parse(service.Requests[0].Body)!;
        Assert.Equal(("4", "default", "user", "ann"), (sent["versionId"]!.GetValue<string>(), sent["orgId"]!.GetValue<string>(), sent["triggerType"]!.GetValue<string>(), sent["input"]!["whom"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_folder_with_a_SKILL_md_is_read_when_it_is_used()
    {
        await using var stage = await StageAsync();
        var folder = Directory.CreateDirectory(Path.Combine(stage.Server.DataDir, "skills", "other", "examples")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "SKILL.md"), "---\nname: other\ndescription: How letters are written\n---\nBe kind.\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "examples", "first.md"), "Dear Ann", TestContext.Current.CancellationToken);

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/ada/actions")).Json;
        var read = (await stage.ExecuteAsync("ada", """{"action_id":"skill__other","parameters":{}}""")).Json;
        var file = (await stage.ExecuteAsync("ada", """{"action_id":"skill__other","parameters":{"file":"examples/first.md"}}""")).Json;
        var outside = (await stage.ExecuteAsync("ada", """{"action_id":"skill__other","parameters":{"file":"../../action_servers.json"}}""")).Json;

        Assert.Equal("How letters are written", listed.GetProperty("actions").EnumerateArray().Single(one => one.Text("id") == "skill__other").Text("description"));
        Assert.Equal(("Be kind.", "Dear Ann"), (read.Text("result"), file.Text("result")));
        Assert.Equal(("refused", ""), (outside.Text("outcome"), outside.Text("result")));
        Assert.Equal("Be kind.", (await stage.SendAsync(HttpMethod.Get, "/skills/other/text")).Json.Text("text"));
        Assert.Equal("other", (await stage.SendAsync(HttpMethod.Get, "/skills")).Json.GetProperty("folders")[0].Text("name"));
        Assert.Equal(403, (await stage.ExecuteAsync("eve", """{"action_id":"skill__other"}""")).Status);
    }

    static async Task<ToolStage> StageAsync(Func<ServerOptions, ServerOptions>? adjust = null)
    {
        var stage = await ToolStage.OpenAsync(adjust);
        await stage.AddAgentAsync("ada", ""","skills":["notify","other"]""");
        stage.WriteAgent("ada", Mail);
        await stage.SendAsync(HttpMethod.Put, "/skills/notify", Notify);
        return stage;
    }
}
