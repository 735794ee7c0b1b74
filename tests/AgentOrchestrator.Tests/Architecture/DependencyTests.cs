using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace AgentOrchestrator.Tests.Architecture;

/// <summary>The arrows of ARCHITECTURE.md, held.</summary>
public sealed partial class DependencyTests
{
    const string Product = "AgentOrchestrator";

    static readonly Dictionary<string, string[]> s_assemblies = new()
    {
        ["AgentOrchestrator.Protocol"] = [],
        ["AgentOrchestrator"] = [],
        ["AgentOrchestrator.Coordinator"] = ["AgentOrchestrator.Protocol"],
        ["AgentOrchestrator.Sqlite"] = ["AgentOrchestrator.Protocol", "AgentOrchestrator.Coordinator"],
        ["AgentOrchestrator.Postgres"] = ["AgentOrchestrator.Protocol", "AgentOrchestrator.Coordinator"],
        ["AgentOrchestrator.Runner"] = ["AgentOrchestrator.Protocol", "AgentOrchestrator"],
        ["AgentOrchestrator.Mcp"] = ["AgentOrchestrator.Protocol"],
        ["AgentOrchestrator.Cli"] = ["AgentOrchestrator.Protocol", "AgentOrchestrator", "AgentOrchestrator.Runner", "AgentOrchestrator.Mcp"],
        ["AgentOrchestrator.Server"] =
        [
            "AgentOrchestrator.Protocol", "AgentOrchestrator", "AgentOrchestrator.Coordinator", "AgentOrchestrator.Sqlite",
            "AgentOrchestrator.Postgres", "AgentOrchestrator.Runner", "AgentOrchestrator.Mcp",
        ],
    };

    /// <summary>Noun of the engine → nouns that it may use. Root files and Live see what they pass on.</summary>
    static readonly Dictionary<string, string[]> s_nouns = new()
    {
        ["Access"] = [],
        ["Agents"] = [],
        ["Sessions"] = [],
        ["Runners"] = [],
        ["Runs"] = ["Sessions", "Agents", "Runners", "Live", "Audit"],
        ["Live"] = ["Sessions"],
        ["Rooms"] = ["Sessions", "Runs", "Agents", "Live"],
        ["Archives"] = ["Sessions", "Runs"],
        ["Audit"] = [],
        ["Memory"] = ["Audit"],
        ["Documents"] = ["Audit", "Memory"],
        ["Skills"] = ["Agents"],
        ["Tools"] = [],
        ["Metrics"] = ["Runs", "Live"],
    };

    public static TheoryData<string> Assemblies => [.. s_assemblies.Keys];

    public static TheoryData<string> Nouns => [.. s_nouns.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_references_only_what_the_house_allows(string assembly)
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", assembly, assembly + ".csproj"));

        var references = project.Descendants("ProjectReference")
            .Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

        Assert.Empty(references.Except(s_assemblies[assembly]));
    }

    [Fact]
    public void Every_assembly_of_the_house_is_in_the_table()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName);

        Assert.Equal(s_assemblies.Keys.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal)!);
    }

    [Theory]
    [MemberData(nameof(Nouns))]
    public void A_noun_of_the_engine_uses_only_the_nouns_below_it(string noun)
    {
        var folder = Path.Combine(Repository.Root, "src", Product + ".Coordinator", noun);

        var offences =
            from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            from Match mention in NounMention().Matches(File.ReadAllText(file))
            let used = mention.Groups[1].Value
            where used != noun && s_nouns.ContainsKey(used) && !s_nouns[noun].Contains(used)
            select $"{noun}/{Path.GetFileName(file)} uses {used}; allowed: {string.Join(", ", s_nouns[noun])}";

        Assert.Empty(offences.Distinct());
    }

    [Fact]
    public void Every_noun_of_the_engine_is_in_the_table()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src", Product + ".Coordinator")).Select(Path.GetFileName);

        Assert.Equal(s_nouns.Keys.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal)!);
    }

    [Fact]
    public void Only_the_server_knows_of_the_web_framework()
    {
        var offences =
            from assembly in s_assemblies.Keys.Where(a => a is not "AgentOrchestrator.Server")
            from file in Repository.SourceFiles(assembly)
            where File.ReadAllText(file).Contains("using Microsoft.AspNetCore", StringComparison.Ordinal)
            select Path.GetRelativePath(Repository.Root, file);

        Assert.Empty(offences);
    }

    [GeneratedRegex(@"AgentOrchestrator\.Coordinator\.(\w+)")]
    private static partial Regex NounMention();
}
