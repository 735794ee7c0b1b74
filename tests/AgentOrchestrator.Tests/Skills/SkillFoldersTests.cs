using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using Xunit;

namespace AgentOrchestrator.Tests.Skills;

public sealed class SkillFoldersTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    SkillFolders Skills => new(_folder.In("skills"), new CoordinatorOptions { MaxSkillLength = 1_000 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("description: Makes letters", "Makes letters")]
    [InlineData("description: \"Makes: \\\"letters\\\"\"\nlicense: x", "Makes: \"letters\"")]
    [InlineData("description: 'It''s letters'", "It's letters")]
    [InlineData("description: >\n  Makes\n  letters\nmetadata:\n  description: other", "Makes letters")]
    [InlineData("description: |\n  Makes\n  letters", "Makes\nletters")]
    [InlineData("description: Makes\n  letters", "Makes letters")]
    public void A_folder_is_known_by_its_name_and_description(string head, string description)
    {
        _folder.Write($"---\nname: letters\n{head}\n---\n\n# Letters\nBe kind.\n", "skills", "letters", "SKILL.md");

        var skill = Assert.Single(Skills.List());

        Assert.Equal(("letters", description, null), (skill.Name, skill.Description, skill.Error));
        Assert.Equal("# Letters\nBe kind.", Skills.Read("letters", null));
    }

    [Theory]
    [InlineData("# Letters", "SKILL.md must begin with a head between two lines of ---")]
    [InlineData("---\nname: letters\n", "SKILL.md must begin with a head between two lines of ---")]
    [InlineData("---\nname: letters\n---\n", "SKILL.md needs a description in its head")]
    [InlineData("---\ndescription: d\n---\n", "SKILL.md needs a name in its head")]
    [InlineData("---\nname: other\ndescription: d\n---\n", "the name in SKILL.md must be that of its folder, 'letters'")]
    public void One_that_cannot_be_used_says_why(string text, string error)
    {
        _folder.Write(text, "skills", "letters", "SKILL.md");

        Assert.Equal(error, Assert.Single(Skills.List()).Error);
    }

    [Theory]
    [InlineData("../secret.txt", ErrorCode.Invalid)]
    [InlineData("examples/../../secret.txt", ErrorCode.Invalid)]
    [InlineData("/etc/passwd", ErrorCode.Invalid)]
    [InlineData("examples\\first.md", ErrorCode.Invalid)]
    [InlineData("", ErrorCode.Invalid)]
    [InlineData("examples", ErrorCode.Conflict)]
    [InlineData("link.md", ErrorCode.Conflict)]
    [InlineData("linked/secret.txt", ErrorCode.Conflict)]
    [InlineData("linked/deep/first.md", ErrorCode.Conflict)]
    [InlineData("large.md", ErrorCode.Conflict)]
    [InlineData("binary", ErrorCode.Conflict)]
    [InlineData("examples/second.md", ErrorCode.NotFound)]
    [InlineData("none/second.md", ErrorCode.NotFound)]
    public void Files_are_confined_to_the_folder(string file, ErrorCode code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        _folder.Write("not yours", "secret.txt");
        _folder.Write("not yours", "deep", "first.md");
        _folder.Write("---\nname: letters\ndescription: d\n---\n", "skills", "letters", "SKILL.md");
        _folder.Write("an example", "skills", "letters", "examples", "first.md");
        _folder.Write(new string('x', 1_001), "skills", "letters", "large.md");
        File.WriteAllBytes(_folder.In("skills", "letters", "binary"), [0xff, 0xfe, 0x00]);
        File.CreateSymbolicLink(_folder.In("skills", "letters", "link.md"), _folder.In("secret.txt"));
        Directory.CreateSymbolicLink(_folder.In("skills", "letters", "linked"), _folder.Path);

        Assert.Equal("an example", Skills.Read("letters", "examples/first.md"));
        Assert.Equal(code, Assert.Throws<ProductException>(() => Skills.Read("letters", file)).Code);
    }

    [Fact]
    public void No_folder_is_no_skill()
    {
        Assert.Empty(Skills.List());
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<ProductException>(() => Skills.Read("../letters", null)).Code);
    }
}
