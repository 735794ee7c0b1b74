using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Tests.Architecture;
using Xunit;

namespace AgentOrchestrator.Tests.Plugins;

/// <summary>What the plugin for Claude Code tells it to call exists.</summary>
public sealed partial class OrchestratorPluginTests
{
    static readonly string s_root = Path.Combine(Repository.Root, "plugins", "orchestrator");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(s_root, "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(s_root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_line_of_ao_parses(string file)
    {
        var text = File.ReadAllText(Path.Combine(s_root, file));

        foreach (var line in Lines(text))
        {
            var words = Word().Matches(line.Split(" < ")[0]).Select(match => match.Value.Trim('"')).ToArray();
            var verb = VerbTable.Find(words[1..], out var rest);
            Assert.True(verb is not null, $"{file}: there is no verb in '{line}'");
            Assert.Null(Record.Exception(() => Arguments.Parse(verb!, rest)) is { } wrong ? $"{file}: '{line}': {wrong.Message}" : null);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_verb_that_is_named_or_allowed_exists(string file)
    {
        var text = File.ReadAllText(Path.Combine(s_root, file));

        Assert.All(
            Mention().Matches(text).Select(match => match.Groups[1].Value),
            verb => Assert.True(VerbTable.Find([verb], out _) is not null, $"{file}: 'ao {verb}' does not exist"));
    }

    [Fact]
    public void The_skill_and_the_six_commands_have_lines_to_check()
    {
        Assert.Equal(8, Files.Count);
        Assert.True(Files.Sum(file => Lines(File.ReadAllText(Path.Combine(s_root, file.Data))).Count()) >= 20);
    }

    [Fact]
    public void The_marketplace_offers_it_under_its_name()
    {
        var marketplace = Parse(Path.Combine(Repository.Root, ".claude-plugin", "marketplace.json"));
        var plugin = Parse(Path.Combine(s_root, ".claude-plugin", "plugin.json"));

        var entry = Assert.Single(marketplace.GetProperty("plugins").EnumerateArray());
        Assert.Equal(plugin.GetProperty("name").GetString(), entry.GetProperty("name").GetString());
        Assert.Equal(s_root, Path.GetFullPath(Path.Combine(Repository.Root, entry.GetProperty("source").GetString()!)));
    }

    /// <summary>The lines of code blocks, and what is called when a command is expanded.</summary>
    static IEnumerable<string> Lines(string text) =>
        Block().Matches(text).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Concat(Expansion().Matches(text).Select(match => match.Groups[1].Value))
            .Where(line => line.StartsWith("ao ", StringComparison.Ordinal));

    static JsonElement Parse(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^!`([^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Expansion();

    [GeneratedRegex(@"[`(]ao ([a-z-]+)")]
    private static partial Regex Mention();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}
