namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>A memory that was found.</summary>
/// <param name="Distance">From 0, nothing can be nearer, to 1. Comparable within one search.</param>
public sealed record MemoryHit(StoredMemory Memory, double Distance);

/// <summary>Puts what was found in one order, the same on every database: the nearest first, then the newest, then by id.</summary>
public static class MemoryRanking
{
    // The usual constant of reciprocal rank fusion: the first places of a list count more than the others, and not by much.
    const double Damping = 60;

    /// <summary>By words: rare ones count more.</summary>
    /// <param name="found">Memories that have one of the words.</param>
    /// <param name="all">How many memories there are where they were looked for.</param>
    public static IReadOnlyList<MemoryHit> ByWords(IReadOnlyList<StoredMemory> found, IReadOnlyList<string> words, int all)
    {
        var texts = found.Select(memory => (Memory: memory, Words: MemoryWords.Of(memory.Text).ToHashSet(StringComparer.Ordinal))).ToList();
        var weights = words.Select(word => (Word: word, Weight: Weigh(texts.Count(text => text.Words.Contains(word)), all))).ToList();
        var most = weights.Sum(word => word.Weight);
        return InOrder(texts.Select(text => new MemoryHit(
            text.Memory, Math.Clamp(1 - (weights.Where(word => text.Words.Contains(word.Word)).Sum(word => word.Weight) / most), 0, 1))));
    }

    /// <summary>By reciprocal ranks: what is far up in both lists comes first.</summary>
    public static IReadOnlyList<MemoryHit> Fuse(IReadOnlyList<MemoryHit> byWords, IReadOnlyList<MemoryHit> byVector)
    {
        var best = 2 / (Damping + 1);
        return InOrder(Scores(byWords).Concat(Scores(byVector))
            .GroupBy(scored => scored.Memory.MemoryId)
            .Select(scored => new MemoryHit(scored.First().Memory, Math.Clamp(1 - (scored.Sum(one => one.Score) / best), 0, 1))));
    }

    static IEnumerable<(StoredMemory Memory, double Score)> Scores(IReadOnlyList<MemoryHit> hits) =>
        hits.Select((hit, rank) => (hit.Memory, 1 / (Damping + 1 + rank)));

    static double Weigh(int having, int all) => Math.Log(1 + ((double)Math.Max(all, having) / (1 + having)));

    static IReadOnlyList<MemoryHit> InOrder(IEnumerable<MemoryHit> hits) =>
    [
        .. hits.OrderBy(hit => hit.Distance).ThenByDescending(hit => hit.Memory.CreatedAt).ThenBy(hit => hit.Memory.MemoryId, StringComparer.Ordinal),
    ];
}
