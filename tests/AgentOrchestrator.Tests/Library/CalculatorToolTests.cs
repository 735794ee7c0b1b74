using AgentOrchestrator.Tools.BuiltIn;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class CalculatorToolTests
{
    [Theory]
    [InlineData("2 + 3 * 4", 14)]
    [InlineData("(2 + 3) * 4", 20)]
    [InlineData("-2 ^ 2 + 2 ^ 3 ^ 2", 508)]
    [InlineData("2 ^ -2", 0.25)]
    [InlineData("10 % 4 - sqrt(16) / 2", 0)]
    [InlineData(" round( 2.6 ) * abs(-.5)", 1.5)]
    [InlineData("cos(pi)", -1)]
    public async Task An_expression_is_worked_out(string expression, double result) => Assert.Equal(result, await CalculateAsync(expression));

    [Theory]
    [InlineData("", "ends too early")]
    [InlineData("2 +", "ends too early")]
    [InlineData("2 $ 3", "'$' at 3")]
    [InlineData("(2", "ends too early")]
    [InlineData("exit(1)", "'exit' is unknown")]
    [InlineData("1 / 0", "division by zero")]
    [InlineData("10 ^ 999", "not a number")]
    public async Task What_is_wrong_is_told(string expression, string reason) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<FormatException>(() => CalculateAsync(expression))).Message);

    [Fact]
    public async Task Deep_nesting_is_refused() =>
        await Assert.ThrowsAsync<FormatException>(() => CalculateAsync(new string('(', 500) + "1" + new string(')', 500)));

    static async Task<object?> CalculateAsync(string expression) =>
        await new CalculatorTool().InvokeAsync(new AIFunctionArguments { ["expression"] = expression }, TestContext.Current.CancellationToken);
}
