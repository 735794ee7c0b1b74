using AgentOrchestrator.Cli.Output;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("\e[31mred\e[0m", "red")]
    [InlineData("\e[2J\e[1;1Hgone", "gone")]
    [InlineData("\e]0;title\aafter", "after")]
    [InlineData("\e]8;;http://evil\e\\link\e]8;;\e\\", "link")]
    [InlineData("\e]52;c;ZXZpbA==\aclipboard", "clipboard")]
    [InlineData("\ePq\x1b\\sixel", "sixel")]
    [InlineData("\u009b31mred", "red")]
    [InlineData("\u009d0;title\u009cafter", "after")]
    [InlineData("\e(0line", "line")]
    [InlineData("\ecreset", "reset")]
    [InlineData("over\rwrite\b\b", "overwrite")]
    [InlineData("bell\a null\0", "bell null")]
    [InlineData("line\r\nend", "line\nend")]
    [InlineData("\u202egnp.exe", "gnp.exe")]
    [InlineData("cut \e[3", "cut ")]
    [InlineData("cut \e", "cut ")]
    [InlineData("\e[3\e[31mtwice", "twice")]
    [InlineData("\e\nline", "\nline")]
    [InlineData("grüße 日本 👍", "grüße 日本 👍")]
    public void Control_sequences_are_dropped_whole(string text, string clean) => Assert.Equal(clean, PlainText.Clean(text));

    [Fact]
    public void Nothing_that_a_terminal_obeys_is_left() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
            PlainText.Clean(text ?? "").All(c => c is '\n' or '\t' or (>= ' ' and not (>= '\x7f' and <= '\x9f')))).QuickCheckThrowOnFailure();

    [Fact]
    public void Clean_text_stays_as_it_is() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            var once = PlainText.Clean(text ?? "");
            return PlainText.Clean(once) == once;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("one\n  two\tthree ", 100, "one two three")]
    [InlineData("0123456789", 5, "0123…")]
    [InlineData("012👍456789", 5, "012…")]
    public void One_line_is_short(string text, int width, string line) => Assert.Equal(line, PlainText.OneLine(text, width));
}
