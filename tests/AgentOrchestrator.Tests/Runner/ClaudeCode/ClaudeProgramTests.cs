using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class ClaudeProgramTests
{
    readonly ClaudeCodeExecutor _executor = new(new ClaudeProgram("claude-that-nobody-has"));

    [Fact]
    public async Task A_missing_program_is_said_with_the_command_that_installs_it()
    {
        var found = await _executor.DetectAsync(TestContext.Current.CancellationToken);

        Assert.False(found.IsAvailable);
        Assert.Contains("npm install -g @anthropic-ai/claude-code", found.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_on_a_host_without_the_program_fails_and_says_so()
    {
        using var folder = new TemporaryFolder();
        var run = new RunContext
        {
            Run = ClaudeBench.View("hello"),
            WorkingDirectory = folder.Path,
            ScratchDirectory = folder.Path,
            Environment = new Dictionary<string, string>(),
            Output = new RecordedOutput(),
            Server = new Uri("http://127.0.0.1:9"),
            Token = "none",
        };

        Assert.Equal("missing", Assert.IsType<RunOutcome.Failed>(await _executor.ExecuteAsync(run, CancellationToken.None)).Reason);
    }
}
