using System.Text;
using AgentOrchestrator.Coordinator.Documents;
using Xunit;

namespace AgentOrchestrator.Tests.Documents;

public sealed class DocumentTextTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("plain", true)]
    [InlineData("Größe 鯨 🎂 \ufeff", true)]
    [InlineData("nul\0", false)]
    public async Task Text_is_known_however_it_is_cut(string text, bool isText)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= 5; size++) { Assert.Equal(isText, await IsTextAsync(bytes, size)); }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x8E })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0x80 })]
    public async Task What_is_no_UTF8_is_no_text_however_it_is_cut(byte[] bytes)
    {
        for (var size = 1; size <= 5; size++) { Assert.False(await IsTextAsync([(byte)'a', .. bytes], size)); }
    }

    [Theory]
    [InlineData("text/x-own; charset=utf-8", "a.md", true, "text/x-own; charset=utf-8")]
    [InlineData(null, "a.MD", true, "text/markdown")]
    [InlineData("application/octet-stream", "a.json", true, "application/json")]
    [InlineData("no type\r\n", "a", true, "text/plain")]
    [InlineData(null, "Makefile", true, "text/plain")]
    [InlineData(null, "Makefile", false, "application/octet-stream")]
    public void A_type_is_what_the_sender_says_else_the_name_else_the_content(string? said, string name, bool isText, string type) =>
        Assert.Equal(type, ContentTypes.Of(said, name, isText));

    [Theory]
    [InlineData("a.md", true)]
    [InlineData("guide/Größe 鯨.md", true)]
    [InlineData(".env", true)]
    [InlineData("-rf", true)]
    [InlineData("..", false)]
    [InlineData("a/../b", false)]
    [InlineData("/a", false)]
    [InlineData("a//b", false)]
    [InlineData("a/", false)]
    [InlineData("C:\\a", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("\u202ea", false)]
    [InlineData("a ", false)]
    public void A_name_leads_nowhere_but_below_its_folder(string name, bool isSafe) => Assert.Equal(isSafe, DocumentNames.IsSafe(name));

    [Fact]
    public void A_name_that_no_file_system_takes_is_refused()
    {
        Assert.True(DocumentNames.IsSafe(new string('a', 255)));
        Assert.False(DocumentNames.IsSafe(new string('a', 256)));
        Assert.False(DocumentNames.IsSafe(string.Join('/', Enumerable.Repeat("abcdefg", 600))));
    }

    static async Task<bool> IsTextAsync(byte[] bytes, int size)
    {
        using var content = new IncomingContent(new MemoryStream(bytes), 1_000, () => DocumentErrors.TooLarge(0));
        var buffer = new byte[size];
        while (await content.ReadFullAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }

        return content.IsText;
    }
}
