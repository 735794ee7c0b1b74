using AgentOrchestrator.Coordinator.Rooms;
using Xunit;

namespace AgentOrchestrator.Tests.Rooms;

/// <summary>What names an agent in a text, and what only looks like it.</summary>
public sealed class MentionsTests
{
    static readonly string[] s_agents = ["assistant", "bob", "Bob-Smith", "mail_clerk", "r2", "c"];

    [Theory]
    [InlineData("@bob", "bob")]
    [InlineData("@BOB hi", "bob")]
    [InlineData("hi @bob", "bob")]
    [InlineData("hi @bob.", "bob")]
    [InlineData("ask @bob. Then go", "bob")]
    [InlineData("ask @bob... soon", "bob")]
    [InlineData("(@bob)", "bob")]
    [InlineData("\"@bob\"", "bob")]
    [InlineData("@bob, @r2: and @mail_clerk!", "bob r2 mail_clerk")]
    [InlineData("@bob @bob @BOB", "bob")]
    [InlineData("@r2 @bob", "r2 bob")]
    [InlineData("@bob-smith", "Bob-Smith")]
    [InlineData("@bob-smith-", "Bob-Smith")]
    [InlineData("@bob--", "bob")]
    [InlineData("@bob_", "bob")]
    [InlineData("@bob's", "bob")]
    [InlineData("@bob/@r2", "bob")]
    [InlineData("@all", "all")]
    [InlineData("@ALL of you", "all")]
    [InlineData("one\n@bob\n@r2", "bob r2")]
    [InlineData("`x` @bob `y`", "bob")]
    [InlineData("``a`b`` @bob", "bob")]
    [InlineData("a ` alone @bob", "bob")]
    [InlineData("```\ncode\n```\n@bob", "bob")]
    [InlineData("``` one line ``` @bob", "bob")]
    [InlineData("你好 @bob", "bob")]
    [InlineData("👋@bob👋", "bob")]
    public void A_mention_counts(string text, string names) => Assert.Equal(names, Find(text));

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("@@bob")]
    [InlineData("@ bob")]
    [InlineData("bob")]
    [InlineData("@nobody")]
    [InlineData("@bobby")]
    [InlineData("@bo")]
    [InlineData("@bob1")]
    [InlineData("@bob_x")]
    [InlineData("@bob-x")]
    [InlineData("mail ann@bob")]
    [InlineData("ann@bob.example")]
    [InlineData("@bob.example")]
    [InlineData("@bob@host")]
    [InlineData("x.@bob")]
    [InlineData("x-@bob")]
    [InlineData("x_@bob")]
    [InlineData("1@bob")]
    [InlineData("é@bob")]
    [InlineData("https://host/@bob")]
    [InlineData("\\@bob")]
    [InlineData("＠bob")]
    [InlineData("@bоb")]
    [InlineData("@ｂob")]
    [InlineData("@bobé")]
    [InlineData("@bob\u0301")]
    [InlineData("@bob\u200bby")]
    [InlineData("@bob𝐛")]
    [InlineData("𝐛@bob")]
    [InlineData("@.*")]
    [InlineData("@(bob|r2)")]
    [InlineData("@bo[b]")]
    [InlineData("@\\w+")]
    [InlineData("`@bob`")]
    [InlineData("`` ` @bob ``")]
    [InlineData("```\n@bob\n```")]
    [InlineData("```js\n@bob\n```")]
    [InlineData("~~~\n@bob\n~~~")]
    [InlineData("  ```\n@bob")]
    [InlineData("````\n```\n@bob\n````")]
    public void What_looks_like_one_is_text(string text) => Assert.Equal("", Find(text));

    [Theory]
    [InlineData("@bob hi", "hi")]
    [InlineData("hi @bob", "hi")]
    [InlineData("hi  @bob  there", "hi  there")]
    [InlineData("please @bob look", "please look")]
    [InlineData("@bob, look", "look")]
    [InlineData("@bob: look", "look")]
    [InlineData("@bob @r2 look", "look")]
    [InlineData("@bob @bobby @bob", "@bobby")]
    [InlineData("ask @bob.", "ask .")]
    [InlineData("@bob", "")]
    [InlineData("  @bob\n  one\n    two  ", "one\n    two")]
    [InlineData("@bob write to \\@r2", "write to @r2")]
    [InlineData("@bob `@bob`", "`@bob`")]
    public void What_is_left_is_the_text_without_them(string text, string left) => Assert.Equal(left, Mentions.Without(text, Mentions.Find(text, s_agents)));

    [Fact]
    public void Nothing_that_can_be_typed_is_too_much_and_every_place_is_in_the_text()
    {
        char[] letters = ['@', 'b', 'o', '`', '~', '\n', ' ', '.', '-', '_', '\\', 'é', '\ud83d', '\udc4b', '\0', 'c'];
        var random = new Random(20_261);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string(random.GetItems(letters, random.Next(40)));
            var mentions = Mentions.Find(text, s_agents);

            Assert.All(mentions, one => Assert.True(one.Start >= 0 && one.Length > 1 && one.Start + one.Length <= text.Length && text[one.Start] == '@'));
            Assert.Equal(mentions.Select(one => one.Start).Order(), mentions.Select(one => one.Start));
            Assert.NotNull(Mentions.Without(text, mentions));
        }
    }

    [Fact]
    public void A_long_text_of_nothing_but_marks_is_read_at_once()
    {
        foreach (var part in new[] { "@", "`", "@bob ", "`@", "```\n", "@b" })
        {
            Mentions.Find(string.Concat(Enumerable.Repeat(part, 20_000)), s_agents);
        }
    }

    static string Find(string text) => string.Join(' ', Mentions.Names(Mentions.Find(text, s_agents)));
}
