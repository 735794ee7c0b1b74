using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class WorkspaceTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_works_in_its_own_folder_or_in_the_runners()
    {
        Directory.CreateDirectory(_folder["inner"]);

        Assert.Equal(_folder.Path, Workspace.Find(null, _folder.Path));
        Assert.Equal(_folder["inner"], Workspace.Find(_folder["inner"], "/"));
        Assert.Equal(_folder["inner"], Workspace.Find("inner", _folder.Path));
    }

    [Theory]
    [InlineData("missing", "does not exist on")]
    [InlineData("file", "is a file")]
    [InlineData("nul\0", "NUL character")]
    public void A_folder_that_cannot_be_used_is_a_sentence(string name, string says)
    {
        File.WriteAllText(_folder["file"], "");

        Assert.Contains(says, Assert.Throws<ProductException>(() => Workspace.Find(name, _folder.Path)).Message, StringComparison.Ordinal);
    }
}
