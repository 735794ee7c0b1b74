using AgentOrchestrator.ModelServer;
using Xunit;

namespace AgentOrchestrator.Tests.ModelServer;

public sealed class ScriptTests
{
    [Fact]
    public void Text_without_directives_is_echoed() =>
        Assert.Equal("if [[ -f x ]]; then", Assert.Single(Script.Parse("if [[ -f x ]]; then").Turns).Text);

    [Fact]
    public void A_tool_call_ends_a_turn_and_may_carry_brackets()
    {
        var turns = Script.Parse("""go [[say:first]] [[tool:Bash {"command":"[[ -f x ]] && echo ü"}]] [[say:then ]][[say:done]]""").Turns;

        Assert.Equal(["first", "then done"], turns.Select(turn => turn.Text));
        var call = Assert.Single(turns[0].Calls);
        Assert.Equal("Bash", call.Name);
        Assert.Equal("[[ -f x ]] && echo ü", call.Input["command"]!.GetValue<string>());
    }

    [Fact]
    public void Several_tools_are_called_in_one_turn()
    {
        var turn = Assert.Single(Script.Parse("""[[tools:[{"name":"A","input":{"list":[[1]]}},{"name":"B"}]]]""").Turns);

        Assert.Equal(["A", "B"], turn.Calls.Select(call => call.Name));
    }

    [Fact]
    public void Pace_and_usage_hold_for_the_whole_script()
    {
        var script = Script.Parse("[[slow:20 ms]][[usage:1000,200]][[say:a]]");

        Assert.Equal(TimeSpan.FromMilliseconds(20), script.Pace);
        Assert.Equal(new Usage(1000, 200), script.Usage);
    }

    [Theory]
    [InlineData("[[explode]]")]
    [InlineData("[[say:no end")]
    [InlineData("[[fail:soon]]")]
    public void A_wrong_directive_is_refused(string text) => Assert.Throws<FormatException>(() => Script.Parse(text));
}
