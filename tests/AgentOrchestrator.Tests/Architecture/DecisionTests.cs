using Xunit;

namespace AgentOrchestrator.Tests.Architecture;

/// <summary>Decision records: one number each, one page each.</summary>
public sealed class DecisionTests
{
    static readonly string[] s_records = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "decisions"), "*.md");

    [Fact]
    public void No_two_records_share_a_number()
    {
        var numbers = s_records.Select(r => Path.GetFileName(r)[..4]);

        Assert.Equal(s_records.Length, numbers.Distinct().Count());
    }

    [Fact]
    public void A_record_says_context_decision_and_consequence_on_one_page()
    {
        foreach (var record in s_records)
        {
            var text = File.ReadAllText(record);
            Assert.All(["## Context", "## Decision", "## Consequence"], heading => Assert.Contains(heading, text, StringComparison.Ordinal));
            Assert.True(text.Length < 4_500, Path.GetFileName(record) + " is longer than a page");
        }
    }
}
