using System.Text.Json;
using AgentOrchestrator.Coordinator.Agents.Runbooks;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class RunbookTests
{
    const string Bullets = """
        # Mail Clerk Agent Runbook

        ## Job Title
        Clerk

        ## Role
        Answers mail,
        politely.

        ## Capabilities

        - **Read mail**
          - Finds messages.
          - Reads them aloud.
        * Send Mail!

        ## Key Principles

        ```
        ## Role
        not a section
        ```

        ## Collaboration Patterns
        - Asks first

        ## Dependencies
        - mail server
        """;

    const string Blocks = """
        ## Core Capabilities

        ### Send mail
        - **Description**: Sends one message.
        - **Parameters:**
          - to: whom
          - at: 10:30
        - **Example Usage:** Tell Ann.
        - **Tags:** mail, send
        ### Bare
        """;

    static JsonElement Json(Runbook book) => JsonSerializer.SerializeToElement(book, ProtocolJson.Default.Runbook);

    [Fact]
    public void Bullets_are_capabilities_and_what_is_below_is_what_they_mean()
    {
        Assert.Equal(
            """{"agent_name":"mail_clerk","job_title":"Clerk","role":"Answers mail,\npolitely.","capabilities":[{"name":"Read mail","description":"Finds messages.\nReads them aloud.","parameters":{},"example_usage":null,"tags":["read_mail"]},{"name":"Send Mail!","description":"","parameters":{},"example_usage":null,"tags":["send_mail"]}],"collaboration_patterns":["Asks first"],"dependencies":["mail server"],"version":"1.0.0"}""",
            Json(RunbookReader.Read("mail_clerk", Bullets)).GetRawText());
    }

    [Fact]
    public void Headings_are_capabilities_with_parameters_example_and_tags()
    {
        var book = RunbookReader.Read("mail-clerk", Blocks);

        Assert.Equal(
            """[{"name":"Send mail","description":"Sends one message.","parameters":{"to":"whom","at":"10:30"},"example_usage":"Tell Ann.","tags":["mail","send"]},{"name":"Bare","description":"","parameters":{},"example_usage":null,"tags":["bare"]}]""",
            Json(book).GetProperty("capabilities").GetRawText());
        Assert.Equal(("Mail Clerk Agent", "Mail Clerk Agent"), (book.JobTitle, book.Role));
    }

    [Theory]
    [InlineData(Bullets)]
    [InlineData(Blocks)]
    [InlineData("")]
    [InlineData("no heading at all\r\n- a\r\n")]
    public void What_is_written_reads_back_as_the_same(string markdown)
    {
        var book = RunbookReader.Read("clerk", markdown);

        var again = RunbookReader.Read("clerk", RunbookWriter.Write(book));

        Assert.Equal(Json(book).GetRawText(), Json(again).GetRawText());
        Assert.Equal(book.Others, again.Others);
    }

    [Fact]
    public void Texts_that_look_like_markdown_stay_texts()
    {
        string[] texts =
        [
            "plain", "# x", "## Role", "### y", "```", "```\n## Job Title\nboss", "~~~", "- item", "* item", "+ a", "\\", "\\# z", "\\\\", "**bold**", "a: b, c",
            "<script>", "  spaced  ", "line\r\nline", "\u202eabc", "| a | b |", "1. one", "> quote", "---", "==="];
        foreach (var text in texts)
        {
            var (markdown, book) = RunbookFolder.Compose(new Runbook
            {
                AgentName = "clerk",
                JobTitle = text,
                Role = text,
                Capabilities =
                [
                    new RunbookCapability { Name = "One", Description = text },
                    new RunbookCapability { Name = "Two", Description = text, ExampleUsage = text, Parameters = new Dictionary<string, string> { ["p"] = "v" }, Tags = ["t"] },
                ],
            });

            Assert.Equal(Json(book).GetRawText(), Json(RunbookReader.Read("clerk", markdown)).GetRawText());
        }
    }

    [Fact]
    public void A_folder_gives_out_only_files_of_its_own_and_keeps_sections_that_it_does_not_know()
    {
        using var folder = new TemporaryFolder();
        var root = Path.Combine(folder.Path, "runbooks");
        var outside = Path.Combine(folder.Path, "secret.md");
        File.WriteAllText(outside, "secret");
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Combine(root, "clerk.md"), Bullets);
        if (!OperatingSystem.IsWindows()) { File.CreateSymbolicLink(Path.Combine(root, "link.md"), outside); }

        var books = new RunbookFolder(root, maxBytes: 10_000);

        Assert.Equal("clerk", Assert.Single(books.List()).AgentName);
        Assert.All(HostileNames.All(outside), name => Assert.Null(books.Find(name)));
        Assert.All(HostileNames.All(outside), name => Assert.False(books.Delete(name)));
        Assert.All(HostileNames.All(outside).Except(["a"]), name => Assert.Throws<ProductException>(() => books.Save(new Runbook { AgentName = name })));

        books.Save(new Runbook { AgentName = "CLERK", Role = "New" });
        Assert.Contains("## Key Principles\n\n```\n## Role\nnot a section\n```", File.ReadAllText(Path.Combine(root, "clerk.md")), StringComparison.Ordinal);
        Assert.Equal("New", books.Find("Clerk")!.Role);
        Assert.True(books.Delete("clerk"));
        Assert.Equal("secret", File.ReadAllText(outside));
    }
}
