using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;

namespace AgentOrchestrator.ServerTests.Live;

public sealed class OrgFeedTests
{
    [Fact]
    public async Task A_reader_that_could_not_be_told_every_entry_is_cut_off()
    {
        var hub = new ChangeHub();
        using var feed = new OrgFeed(hub, "default", bound: 16);
        hub.Committed([new LogGrew("other", "ses_1", 5)]);
        Assert.False(feed.HasFallenBehind);

        hub.Committed([new LogGrew("default", "ses_1", 5)]);

        Assert.True(feed.HasFallenBehind);
        await feed.Changes.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }
}
