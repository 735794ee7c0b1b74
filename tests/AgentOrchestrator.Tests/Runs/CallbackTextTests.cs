using AgentOrchestrator.Coordinator.Runs;
using Xunit;

namespace AgentOrchestrator.Tests.Runs;

public sealed class CallbackTextTests
{
    [Fact]
    public void A_prompt_that_fits_is_left_whole()
    {
        var text = CallbackText.Compose([new("one", HasFailed: false, "1"), new("two", HasFailed: true, null)], maxLength: 1_000);

        Assert.Contains("### Child: one (completed)\n\n1\n\n---\n\n### Child: two (FAILED)\n\nUnknown error\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_texts_are_cut_and_the_short_ones_are_not()
    {
        var text = CallbackText.Compose(
            [new("short", false, "all of it"), new("long", false, new string('a', 50_000)), new("longer", true, new string('b', 90_000))], maxLength: 10_000);

        Assert.InRange(text.Length, 9_900, 10_000);
        Assert.Contains("all of it\n\n---", text, StringComparison.Ordinal);
        Assert.Contains("\n[cut, 50000 characters in all; the whole: ao result long]", text, StringComparison.Ordinal);
        Assert.Contains("\n[cut, 90000 characters in all; the whole: ao events longer]", text, StringComparison.Ordinal);
        Assert.EndsWith("Please continue with the orchestration based on these results.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_child_is_cut_too_and_never_within_a_character()
    {
        for (var length = 400; length < 404; length++)
        {
            var text = CallbackText.Compose([new("one", false, string.Concat(Enumerable.Repeat("😀", 1_000)))], length);

            Assert.InRange(text.Length, length - 1, length);
            Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)));
        }
    }
}
