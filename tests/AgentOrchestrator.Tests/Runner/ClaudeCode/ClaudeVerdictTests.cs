using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.ClaudeCode;

public sealed class ClaudeVerdictTests
{
    static readonly ProcessExit s_zero = new(0);
    static readonly ProcessExit s_one = new(1);

    [Fact]
    public void A_result_without_error_completes() =>
        Assert.Equal(new RunOutcome.Completed("done"), ClaudeVerdict.Judge(new ClaudeLine.Result { Text = "done" }, s_zero, "a warning"));

    [Fact]
    public void A_failed_call_of_the_model_fails_with_its_text_although_the_subtype_says_success() => Assert.Equal(
        new RunOutcome.Failed("API Error: 400 bad", "model", 1),
        ClaudeVerdict.Judge(new ClaudeLine.Result { IsError = true, Text = "API Error: 400 bad", ApiErrorStatus = 400 }, s_one, ""));

    [Theory]
    [InlineData("max_turns")]
    [InlineData("budget_exhausted")]
    public void A_limit_is_named_as_such(string terminalReason) => Assert.Equal(
        new RunOutcome.Failed("Reached it", "limit", 1),
        ClaudeVerdict.Judge(new ClaudeLine.Result { IsError = true, Errors = ["Reached it"], TerminalReason = terminalReason }, s_one, ""));

    [Fact]
    public void Without_a_result_the_exit_and_the_end_of_stderr_are_told() => Assert.Equal(
        new RunOutcome.Failed("Claude Code ended by SIGTERM before it gave a result.\nout of luck", "error", 143),
        ClaudeVerdict.Judge(null, new ProcessExit(143), "out of luck\n"));

    [Fact]
    public void An_exit_of_zero_without_a_result_is_a_failure() =>
        Assert.IsType<RunOutcome.Failed>(ClaudeVerdict.Judge(null, s_zero, ""));

    [Fact]
    public void What_stderr_repeats_is_said_once() => Assert.Equal(
        "No conversation found",
        Assert.IsType<RunOutcome.Failed>(
            ClaudeVerdict.Judge(new ClaudeLine.Result { IsError = true, Errors = ["No conversation found"] }, s_one, "No conversation found\n")).Error);
}
