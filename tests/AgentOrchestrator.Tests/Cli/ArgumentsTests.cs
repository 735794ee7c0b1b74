using AgentOrchestrator.Cli.CommandLine;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class ArgumentsTests
{
    static readonly Positional s_name = new("NAME", "");
    static readonly Flag s_prompt = new("--prompt", "", "TEXT", 'p');
    static readonly Flag s_detach = new("--detach", "", Short: 'd');
    static readonly Verb s_verb = new("start", "", _ => Task.FromResult(0)) { Positionals = [s_name], Flags = [s_prompt, s_detach] };

    [Theory]
    [InlineData("one --prompt two")]
    [InlineData("--prompt two one")]
    [InlineData("--prompt=two one")]
    [InlineData("one -p two")]
    [InlineData("one -ptwo")]
    [InlineData("-p two -- one")]
    public void Flags_and_names_come_in_any_order(string line)
    {
        var parsed = Arguments.Parse(s_verb, line.Split(' '));

        Assert.Equal("one", parsed.Value(s_name));
        Assert.Equal("two", parsed.Value(s_prompt));
        Assert.False(parsed.Has(s_detach));
    }

    [Fact]
    public void A_value_may_look_like_a_flag() =>
        Assert.Equal("--detach", Arguments.Parse(s_verb, ["one", "-p", "--detach"]).Value(s_prompt));

    [Fact]
    public void After_two_dashes_everything_is_a_name() =>
        Assert.Equal("--one", Arguments.Parse(s_verb, ["--", "--one"]).Value(s_name));

    [Fact]
    public void A_value_may_hold_an_equals_sign_or_be_empty()
    {
        Assert.Equal("a=b", Arguments.Parse(s_verb, ["one", "--prompt=a=b"]).Value(s_prompt));
        Assert.Equal("", Arguments.Parse(s_verb, ["one", "--prompt="]).Value(s_prompt));
        Assert.Equal("", Arguments.Parse(s_verb, ["one", "-p", ""]).Value(s_prompt));
    }

    [Theory]
    [InlineData("", "NAME is missing")]
    [InlineData("one two", "'two' is one name too many")]
    [InlineData("one --nope", "there is no --nope here")]
    [InlineData("one -x", "there is no -x here")]
    [InlineData("one -p", "--prompt needs a value")]
    [InlineData("one --detach=yes", "--detach takes no value")]
    public void What_cannot_be_understood_is_named(string line, string message) =>
        Assert.Equal(
            message,
            Assert.Throws<UsageException>(() => Arguments.Parse(s_verb, line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Message);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999999999999999999")]
    public void A_number_is_checked(string text)
    {
        var flag = new Flag("--limit", "", "N");
        var parsed = Arguments.Parse(s_verb with { Positionals = [], Flags = [flag] }, ["--limit", text]);

        Assert.Throws<UsageException>(() => parsed.Number(flag, least: 1));
    }
}
