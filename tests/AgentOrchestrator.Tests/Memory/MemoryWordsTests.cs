using AgentOrchestrator.Coordinator.Memory;
using Xunit;

namespace AgentOrchestrator.Tests.Memory;

public sealed class MemoryWordsTests
{
    [Theory]
    [InlineData("Don't e-mail me@x.org, 2nd Größe!", "don|t|e|mail|me|x|org|2nd|größe")]
    [InlineData("one ONE One", "one")]
    [InlineData("青い鯨", "青|い|鯨")]
    [InlineData("हिन्दी 한국어", "हिन्दी|한국어")]
    [InlineData("a🎂b", "a|🎂|b")]
    [InlineData("\ud800x\udfff \"*^:()", "x")]
    [InlineData("\0\u001a\u202e", "")]
    public void A_text_has_words(string text, string words) => Assert.Equal(words, string.Join('|', MemoryWords.Of(text)));

    [Fact]
    public void Words_and_queries_are_bounded()
    {
        Assert.Equal(MemoryWords.MaxLength, MemoryWords.Of(new string('x', 1 << 20)).Single().Length);
        Assert.Equal(["0", "1", "2"], MemoryWords.Of("0 1 2 3", most: 3));
    }

    [Fact]
    public void A_scope_sees_every_part_of_itself_and_has_a_key_of_its_own()
    {
        var all = new MemoryScope("helper", "ann", "ses_1");

        Assert.Equal(8, all.Seen.Distinct().Count());
        Assert.Equal(8, all.Seen.Select(scope => scope.KeyIn("default")).Distinct().Count());
        Assert.Equal([MemoryScope.Org], MemoryScope.Org.Seen);
        Assert.Equal(all.KeyIn("default"), new MemoryScope("HELPER", "ann", "ses_1").KeyIn("default"));
        Assert.NotEqual(new MemoryScope("a", "b").KeyIn("default"), new MemoryScope(null, "a", "b").KeyIn("default"));
        Assert.NotEqual(all.KeyIn("default"), all.KeyIn("other"));
    }
}
