using System.Diagnostics;
using System.Runtime.CompilerServices;
using AgentOrchestrator.ServerTests.ClaudeCode;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Plugins;

/// <summary>The plugin, loaded by the real Claude Code beside a real server.</summary>
public sealed class ClaudePluginTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Claude_Code_finds_nothing_to_object_to()
    {
        await using var server = await ClaudeServer.StartAsync();

        var (plugin, said) = await CallAsync(server, "plugin", "validate", "--strict", Plugin());
        var (marketplace, saidOfMarketplace) = await CallAsync(server, "plugin", "validate", Root());

        Assert.True(plugin == 0, said);
        Assert.True(marketplace == 0, saidOfMarketplace);
        foreach (var part in new[] { "skills: orchestrator:orchestrator", "orchestrator:agents", "orchestrator:start", "orchestrator:resume", "orchestrator:result", "orchestrator:stop", "orchestrator:sessions" })
        {
            Assert.Contains(part, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_command_tells_the_model_what_ao_says()
    {
        await using var server = await ClaudeServer.StartAsync();
        await server.PostAsync("/agents", """{"name":"gardener","description":"Looks after the roses","executor":"chat","provider":"scripted"}""");

        var (exit, said) = await CallAsync(server, "--plugin-dir", Plugin(), "-p", "/orchestrator:agents");

        Assert.True(exit == 0, said);
        Assert.True(server.HasModelSeen("These agents can be started", "gardener", "Looks after the roses"), "the model got the command with the agents in it");
    }

    [Fact]
    public async Task The_model_can_use_the_skill_and_start_a_session()
    {
        await using var server = await ClaudeServer.StartAsync();
        const string Read = """[[tool:Skill {"skill":"orchestrator:orchestrator"}]]""";
        const string Call = """[[tool:Bash {"command":"ao start greeting --agent hello --prompt hello"}]][[say:Started.]]""";

        var (read, said) = await CallAsync(server, "--plugin-dir", Plugin(), "--allowedTools=Skill", "-p", Read);
        var (called, saidOfCall) = await CallAsync(server, "--plugin-dir", Plugin(), "--allowedTools=Bash(ao start:*)", "-p", Call);

        Assert.True(read == 0, said);
        Assert.True(called == 0, saidOfCall);
        Assert.True(server.HasModelSeen("# Working with other agents"), "the model has read the skill");
        Assert.True(server.HasModelSeen("Hello, and welcome!"), "the model has the result of the session");
        Assert.Equal("finished", await server.StatusAsync("greeting"));
    }

    static async Task<(int ExitCode, string Said)> CallAsync(ClaudeServer server, params string[] arguments)
    {
        var environment = server.Process.Environment;
        var start = new ProcessStartInfo(environment["AGENT_ORCHESTRATOR_CLAUDE"]!, arguments)
        {
            WorkingDirectory = server.Process.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["HOME", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "CLAUDE_CODE_MAX_RETRIES"]) { start.Environment[name] = environment[name]; }
        start.Environment["PATH"] = $"{ServerProcess.ToolsFolder}:{start.Environment["PATH"]}";
        start.Environment["AGENT_ORCHESTRATOR_API_URL"] = server.Http.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["DISABLE_AUTOUPDATER"] = "1";
        start.Environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var said = await process.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(s_patience, Cancel);
        await process.WaitForExitAsync(Cancel).WaitAsync(s_patience, Cancel);
        return (process.ExitCode, said + await errors);
    }

    static string Plugin() => Path.Combine(Root(), "plugins", "orchestrator");

    static string Root([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
}
