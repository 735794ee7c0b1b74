using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class ClaudeCommandLineTests
{
    static readonly AgentView s_plain = new() { Name = "plain", Description = "d", Status = "active" };

    [Fact]
    public void Without_an_agent_only_the_way_of_talking_is_said() => Assert.Equal(
        ["-p", "--output-format=stream-json", "--verbose", "--include-partial-messages"],
        ClaudeCommandLine.Arguments(null, null, new ClaudeFiles(null, null)));

    [Fact]
    public void Everything_that_an_agent_defines_is_passed_on()
    {
        var agent = s_plain with
        {
            Model = "opus",
            PermissionMode = "acceptEdits",
            MaxTurns = 7,
            MaxBudgetUsd = 1.5m,
            AllowedTools = ["Read", "Bash(git *)"],
            DisallowedTools = ["WebFetch"],
        };

        Assert.Equal(
            [
                "--resume=5f6c", "--model=opus", "--append-system-prompt-file=/s/system-prompt.md", "--mcp-config=/s/mcp.json",
                "--permission-mode=acceptEdits", "--max-turns=7", "--max-budget-usd=1.5",
                "--allowedTools=Read", "--allowedTools=Bash(git *)", "--disallowedTools=WebFetch",
            ],
            ClaudeCommandLine.Arguments(agent, "5f6c", new ClaudeFiles("/s/system-prompt.md", "/s/mcp.json")).Skip(4));
    }

    [Fact]
    public void A_value_cannot_become_an_option()
    {
        var agent = s_plain with { Model = "--dangerously-skip-permissions", AllowedTools = ["--add-dir=/"] };

        Assert.Equal(
            ["--model=--dangerously-skip-permissions", "--allowedTools=--add-dir=/"],
            ClaudeCommandLine.Arguments(agent, null, new ClaudeFiles(null, null)).Skip(4));
    }

    [Fact]
    public async Task The_files_are_for_the_owner_alone()
    {
        using var folder = new TemporaryFolder();
        var agent = s_plain with
        {
            SystemPrompt = "Be brief. ü",
            McpServers = new Dictionary<string, McpServer>
            {
                ["local"] = new() { Command = "run-it", Args = ["a b"], Env = new Dictionary<string, string> { ["KEY"] = "secret" } },
                ["web"] = new() { Type = "http", Url = "https://example.org/mcp" },
            },
        };

        var files = await ClaudeFiles.WriteAsync(agent, folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal("Be brief. ü", await File.ReadAllTextAsync(files.SystemPrompt!, TestContext.Current.CancellationToken));
        Assert.Equal(
            """{"mcpServers":{"local":{"command":"run-it","args":["a b"],"env":{"KEY":"secret"}},"web":{"type":"http","url":"https://example.org/mcp"}}}""",
            await File.ReadAllTextAsync(files.McpConfig!, TestContext.Current.CancellationToken));
        if (OperatingSystem.IsWindows()) { return; }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.McpConfig!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.SystemPrompt!));
    }

    [Fact]
    public async Task Without_need_no_file_is_written()
    {
        using var folder = new TemporaryFolder();

        var files = await ClaudeFiles.WriteAsync(s_plain, folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal(new ClaudeFiles(null, null), files);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
