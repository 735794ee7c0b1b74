using AgentOrchestrator.Cli.Proving;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>A checker that finds nothing proves nothing: each is shown what it is for.</summary>
public sealed class WitnessChecksTests
{
    [Theory]
    [InlineData("")]
    [InlineData("begin s r1 1 10|tick s r1 1 10|end s r1 1 10|begin s r2 1 11|tick s r2 1 11")]
    [InlineData("begin s r1 1 10|begin t r2 1 11|tick s r1 1 10|tick t r2 1 11")]
    public void Nothing_is_found_where_nothing_is_wrong(string lines) => Assert.Empty(Find(lines));

    [Fact]
    public void A_program_that_works_on_beside_the_next_of_its_session_is_found() =>
        Assert.Equal(["r1 still worked in s when r2 had begun"], Find("begin s r1 1 10|begin s r2 1 11|tick s r1 1 10|end s r1 1 10"));

    [Fact]
    public void An_attempt_that_was_started_twice_is_found() =>
        Assert.Contains("attempt 1 of r1 was started 2 times", Find("begin s r1 1 10|begin s r1 1 11"));

    [Fact]
    public void A_run_that_was_executed_again_is_found() =>
        Assert.Equal(["r1 was executed in attempts 1, 2"], Find("begin s r1 1 10|begin s r1 2 11"));

    static string[] Find(string lines)
    {
        Witness.Line[] read = [.. lines.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Witness.Parse)];
        return [.. WitnessChecks.All(read).SelectMany(finding => finding.Broken)];
    }
}
