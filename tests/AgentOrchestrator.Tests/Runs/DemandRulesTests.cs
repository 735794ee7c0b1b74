using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using Xunit;

namespace AgentOrchestrator.Tests.Runs;

public sealed class DemandRulesTests
{
    [Fact]
    public void The_agents_values_win_and_the_tags_unite()
    {
        var agent = new Demands { Hostname = "box", Tags = ["gpu", "fast"] };
        var additional = new Demands { Hostname = "elsewhere", ProjectDir = "/work", Tags = ["fast", "big"] };

        var merged = DemandRules.Merge(agent, additional)!;

        Assert.Equal(("box", "/work", null), (merged.Hostname, merged.ProjectDir, merged.ExecutorType));
        Assert.Equal(["gpu", "fast", "big"], merged.Tags!);
    }

    [Fact]
    public void Demands_that_demand_nothing_are_none()
    {
        Assert.Null(DemandRules.Check(new Demands { Tags = [] }));
        Assert.Null(DemandRules.Merge(new Demands(), null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_tag_that_is_no_label_is_refused(string tag)
    {
        var wrong = Assert.Throws<ProductException>(() => DemandRules.Check(new Demands { Tags = ["ok", tag] }));

        Assert.Equal(ErrorCode.Invalid, wrong.Code);
        Assert.Contains("additional_demands.tags", wrong.Message, StringComparison.Ordinal);
    }
}
