using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Configuration;

namespace AgentOrchestrator.ServerTests.Hosting;

public sealed class DotEnvTests
{
    [Theory]
    [InlineData("A=1", "1")]
    [InlineData("  export A = 1  ", "1")]
    [InlineData("A=", "")]
    [InlineData("A=x # comment", "x")]
    [InlineData("A=x#y", "x#y")]
    [InlineData("A=# comment", "")]
    [InlineData("A='x # $B \\n'", "x # $B \\n")]
    [InlineData("A=\"x\\n\\\"y\\\" # z\" # comment", "x\n\"y\" # z")]
    [InlineData("A=postgresql://u:p=q@h/d?x=y", "postgresql://u:p=q@h/d?x=y")]
    [InlineData("\uFEFFA=1\r\n# c\r\n\r\n", "1")]
    [InlineData("A=1\nA=2", "2")]
    [InlineData("A=$(rm -rf /)", "$(rm -rf /)")]
    public void Reads_a_value(string text, string value)
    {
        Assert.Equal(value, DotEnv.Parse(text, ".env")["A"]);
    }

    [Theory]
    [InlineData("A=1\nnonsense", 2)]
    [InlineData("A=\"open", 1)]
    [InlineData("A='x' y", 1)]
    [InlineData("1A=x", 1)]
    [InlineData("\n\n=x", 3)]
    public void Names_the_line_that_it_cannot_read(string text, int line)
    {
        var refusal = Assert.Throws<ProductException>(() => DotEnv.Parse(text, "some/.env"));

        Assert.StartsWith($"some/.env line {line}:", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_can_be_read()
    {
        var file = Path.Combine(Root(), ".env.example");

        Assert.Equal("8765", DotEnv.Parse(File.ReadAllText(file), file)["PORT"]);
    }

    static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AgentOrchestrator.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
