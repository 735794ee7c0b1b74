using AgentOrchestrator.Coordinator.Memory;
using Xunit;

namespace AgentOrchestrator.Tests.Memory;

public sealed class MemoryRankingTests
{
    static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rare_words_count_more_and_equals_come_newest_first_then_by_id()
    {
        StoredMemory[] found =
        [
            Of("common-b", "the sea"), Of("common-a", "the sea"), Of("newer", "the lake", minutes: 1), Of("rare", "whale"), Of("all", "the whale"),
        ];

        var hits = MemoryRanking.ByWords(found, ["the", "whale"], all: 100);

        Assert.Equal(["all", "rare", "newer", "common-a", "common-b"], hits.Select(hit => hit.Memory.MemoryId));
        Assert.Equal(0, hits[0].Distance, 6);
        Assert.All(hits, hit => Assert.InRange(hit.Distance, 0, 1));
    }

    [Fact]
    public void What_is_far_up_in_both_lists_comes_first()
    {
        MemoryHit[] byWords = [new(Of("words", ""), 0), new(Of("both", ""), 0.5)];
        MemoryHit[] byVector = [new(Of("both", ""), 0.1), new(Of("vector", ""), 0.2)];

        var hits = MemoryRanking.Fuse(byWords, byVector);

        Assert.Equal(["both", "words", "vector"], hits.Select(hit => hit.Memory.MemoryId));
        Assert.Equal(hits.OrderBy(hit => hit.Distance).Select(hit => hit.Memory), hits.Select(hit => hit.Memory));
        Assert.Equal(0, MemoryRanking.Fuse([byWords[0]], [byWords[0]]).Single().Distance, 6);
    }

    static StoredMemory Of(string id, string text, int minutes = 0) =>
        new("default", id, MemoryScope.Org, "default", text, new Dictionary<string, string>(), s_now.AddMinutes(minutes), s_now);
}
