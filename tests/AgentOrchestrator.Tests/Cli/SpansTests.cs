using AgentOrchestrator.Cli.Output;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class SpansTests
{
    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("2h", 7_200)]
    [InlineData("1d", 86_400)]
    [InlineData("0s", 0)]
    public void A_span_is_a_number_with_a_unit(string text, int seconds)
    {
        Assert.True(Spans.TryParse(text, out var span));
        Assert.Equal(TimeSpan.FromSeconds(seconds), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("10 m")]
    [InlineData("10w")]
    [InlineData("2147483647d")]
    public void Anything_else_is_none(string text) => Assert.False(Spans.TryParse(text, out _));
}
