using System.Globalization;
using AgentOrchestrator.Cli.Proving;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>A checker that finds nothing proves nothing: each is shown what it is for.</summary>
public sealed class WitnessChecksTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("begin s r1 1 10 1.00|tick s r1 1 10 1.10|end s r1 1 10 1.20|begin s r2 1 11 1.30|tick s r2 1 11 1.40", "r1 1.21|r2 1.40")]
    [InlineData("begin s r1 1 10 1.00|begin t r2 1 11 1.00|tick s r1 1 10 1.10|tick t r2 1 11 1.10", "r3 1.00")]
    public void Nothing_is_found_where_nothing_is_wrong(string lines, string ended) => Assert.Empty(Find(lines, ended));

    [Fact]
    public void A_program_that_works_on_beside_the_next_of_its_session_is_found() =>
        Assert.Equal(
            ["r1 still worked in s when r2 had begun"],
            Find("begin s r1 1 10 1.00|begin s r2 1 11 1.10|tick s r1 1 10 1.20|end s r1 1 10 1.30"));

    [Fact]
    public void What_a_program_left_behind_and_works_beside_the_next_of_its_session_is_found() =>
        Assert.Equal(
            ["r1 still worked in s when r2 had begun"],
            Find("begin s r1 1 10 1.00|end s r1 1 10 1.10|begin s r2 1 11 1.20|tick s r1 1 12 1.30"));

    [Fact]
    public void An_attempt_that_was_started_twice_is_found() =>
        Assert.Contains("attempt 1 of r1 was started 2 times", Find("begin s r1 1 10 1.00|begin s r1 1 11 1.10"));

    [Fact]
    public void A_run_that_was_executed_again_is_found() =>
        Assert.Equal(["r1 was executed in attempts 1, 2"], Find("begin s r1 1 10 1.00|begin s r1 2 11 1.10"));

    [Fact]
    public void What_a_program_left_behind_and_works_after_the_end_of_its_run_is_found() =>
        Assert.Equal(
            ["r1 still worked 2.5 s after its end was known"],
            Find("begin s r1 1 10 1.00|end s r1 1 10 1.10|tick s r1 1 12 2.00|tick s r1 1 12 4.00|begin t r2 1 13 5.00", "r1 1.50|r2 9.00"));

    static string[] Find(string lines, string ended = "")
    {
        Witness.Line[] read = [.. lines.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Witness.Parse)];
        var ends = ended.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(end => end.Split(' '))
            .ToDictionary(end => end[0], end => TimeSpan.FromSeconds(double.Parse(end[1], CultureInfo.InvariantCulture)));
        return [.. WitnessChecks.All(read, ends).SelectMany(finding => finding.Broken)];
    }
}
