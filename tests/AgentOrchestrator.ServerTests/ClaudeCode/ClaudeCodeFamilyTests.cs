using System.Text.Json;
using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.ClaudeCode;

/// <summary>The real Claude Code as parent and child: whatever is killed while the child works, its parent is told once.</summary>
public sealed class ClaudeCodeFamilyTests
{
    const string SaidByTheTool = "the gate was opened";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_child_whose_program_is_killed_is_told_to_its_parent_once_as_failed()
    {
        await using var server = await ClaudeServer.StartAsync();
        var child = await StartFamilyAsync(server);

        HostProcesses.Signal(ClaudeOf(child), HostProcesses.Kill);

        var ended = await Runs(server).WaitForEndAsync(child.RunId);
        Assert.Equal((RunStatus.Failed, "error", 137), (ended.Status, ended.Reason, ended.ExitCode));
        await CheckToldOnceAsync(
            server,
            $"The child agent session \"kid\" has failed.\n\n## Error\n\n{ended.Error}\n\nPlease handle this failure and continue with the orchestration.");
        Assert.StartsWith("Claude Code ended by SIGKILL before it gave a result.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_that_works_through_a_killed_server_is_told_to_its_parent_once()
    {
        await using var server = await ClaudeServer.StartAsync();
        var child = await StartFamilyAsync(server);

        await server.Process.KillAsync();
        await server.Process.StartAsync(Cancel);
        await OpenGateAsync(server);

        await CheckResultToldOnceAsync(server, child);
    }

    [Fact]
    public async Task A_child_that_works_through_a_killed_runner_is_told_to_its_parent_once()
    {
        await using var server = await ClaudeServer.StartAsync("--no-runner");
        await using var killed = server.Ao().Start(["ao", "runner"]);
        var child = await StartFamilyAsync(server);

        await killed.SignalAsync("KILL");
        await killed.EndAsync();
        await using var next = server.Ao().Start(["ao", "runner"]);
        await OpenGateAsync(server);

        await CheckResultToldOnceAsync(server, child);
        await next.SignalAsync("TERM");
        await next.EndAsync();
    }

    static RunClient Runs(ClaudeServer server) => new(server.Http);

    static string Gate(ClaudeServer server) => Path.Combine(server.Process.Folder, "gate");

    static Task OpenGateAsync(ClaudeServer server) => File.WriteAllTextAsync(Gate(server), "", Cancel);

    /// <summary>A parent whose program starts a child by <c>ao</c> and ends, and a child that is in the middle of a tool.</summary>
    static async Task<RunView> StartFamilyAsync(ClaudeServer server)
    {
        var prompt = Path.Combine(server.Process.Folder, "prompt-of-the-child");
        await File.WriteAllTextAsync(prompt, Tool($"touch {Gate(server)}.waits; while [ ! -e {Gate(server)} ]; do sleep 0.1; done; echo {SaidByTheTool}"), Cancel);
        var started = await server.StartAsync(
            "boss", Tool($"{Path.Combine(AoProgram.Folder, "ao")} start kid --agent free --callback < {prompt}") + "[[say:The child works.]]");
        var parent = await Runs(server).WaitForEndAsync(started.GetProperty("run_id").GetString()!);
        Assert.Equal((RunStatus.Completed, "The child works."), (parent.Status, parent.ResultText));
        await RunClient.WaitAsync(() => File.Exists($"{Gate(server)}.waits"), "the child's tool");
        return Assert.Single(await server.RunsOfAsync("kid"));
    }

    static string Tool(string command) => $"[[tool:Bash {JsonSerializer.Serialize(new { command })}]]";

    /// <summary>The program itself: its tools have other names.</summary>
    static int ClaudeOf(RunView child) => Assert.Single(
        HostProcesses.WithVariable($"AGENT_ORCHESTRATOR_RUN_ID={child.RunId}"), id => HostProcesses.Name(id) is "claude" or "claude.exe");

    static async Task CheckResultToldOnceAsync(ClaudeServer server, RunView child)
    {
        var ended = await Runs(server).WaitForEndAsync(child.RunId);
        Assert.Equal((RunStatus.Completed, 1), (ended.Status, ended.Attempt));
        Assert.Contains(SaidByTheTool, ended.ResultText, StringComparison.Ordinal);
        await CheckToldOnceAsync(
            server,
            $"The child agent session \"kid\" has completed.\n\n## Child Result\n\n{ended.ResultText}\n\nPlease continue with the orchestration based on this result.");
    }

    static async Task CheckToldOnceAsync(ClaudeServer server, string text)
    {
        await RunClient.WaitAsync(async () => (await server.RunsOfAsync("boss")).Count > 1, "the parent's callback");
        var told = (await server.RunsOfAsync("boss"))[^1];
        Assert.Equal(text, told.Prompt);
        Assert.Equal(RunStatus.Completed, (await Runs(server).WaitForEndAsync(told.RunId)).Status);
        Assert.True(server.HasModelSeen(JsonEncodedText.Encode(text).ToString(), "The child works."), "the parent's conversation goes on with it");

        // Whatever else were to be told would come before this one.
        var last = await server.ResumeAsync("boss", "[[say:Nothing else?]]");
        Assert.Equal(RunStatus.Completed, (await Runs(server).WaitForEndAsync(last.GetProperty("run_id").GetString()!)).Status);
        Assert.Equal(3, (await server.RunsOfAsync("boss")).Count);
        Assert.Single(await server.EventsAsync("boss"), e => ClaudeServer.Type(e) is "callback");
    }
}
