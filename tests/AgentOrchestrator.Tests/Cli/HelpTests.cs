using AgentOrchestrator.Cli.CommandLine;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. VerbTable.All.Select(verb => verb.Name)];

    [Fact]
    public void The_program_says_what_it_can_do()
    {
        var ao = new AoBench();

        Assert.Equal(0, ao.Run("ao --help"));
        Golden.Matches("help.txt", ao.Out);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_verb_says_how_it_is_called(string verb)
    {
        var ao = new AoBench();

        Assert.Equal(0, ao.Run($"ao {verb} --help"));
        Golden.Matches($"help-{verb.Replace(' ', '-')}.txt", ao.Out);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("actions")]
    public void A_word_that_needs_a_second_one_says_which_there_are(string word)
    {
        var ao = new AoBench();

        Assert.Equal(0, ao.Run($"ao {word} --help"));
        Golden.Matches($"help-{word}.txt", ao.Out);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_flag_of_every_verb_is_in_the_manual(string verb)
    {
        var manual = File.ReadAllText(Path.Combine(Architecture.Repository.Root, "docs", "cli.md"));
        var of = VerbTable.All.Single(v => v.Name == verb);

        Assert.Contains($"ao {verb}", manual, StringComparison.Ordinal);
        Assert.All(of.Flags, flag => Assert.Contains(flag.Name, manual, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ao nope", "Error: There is no 'ao nope'. Try 'ao --help'\n")]
    [InlineData("ao memory", "Error: 'ao memory' needs a second word. Try 'ao memory --help'\n")]
    [InlineData("ao memory nope", "Error: There is no 'ao memory nope'. Try 'ao memory --help'\n")]
    [InlineData("ao status", "Error: NAME is missing. Try 'ao status --help'\n")]
    [InlineData("ao-status", "Error: NAME is missing. Try 'ao-status --help'\n")]
    [InlineData("ao token revoke", "Error: ID is missing. Try 'ao token revoke --help'\n")]
    [InlineData("ao status --json", "{\"error\":\"NAME is missing. Try 'ao status --help'\",\"code\":\"usage\"}\n")]
    public void Wrong_usage_ends_with_two(string line, string error)
    {
        var ao = new AoBench();

        Assert.Equal(2, ao.Run(line));
        Assert.Equal(error, ao.Error);
        Assert.Empty(ao.Out);
    }
}
