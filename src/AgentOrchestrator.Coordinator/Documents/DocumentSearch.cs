using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Finds documents by what stands in them, and says where.</summary>
public sealed class DocumentSearch(IPassageStore passages, CoordinatorOptions options)
{
    /// <summary>The best first; with how much there is that cannot be found yet, or not at all.</summary>
    /// <exception cref="ProductException">Invalid; Unavailable: never nothing where nothing could be looked for.</exception>
    public async Task<FoundDocuments> FindAsync(string org, string? query, int limit, CancellationToken cancel)
    {
        var words = MemoryWords.Of(FreeText.Require(query, "q", options.MaxPromptLength), options.MaxMemoryQueryWords);
        var state = await passages.ReadStateAsync(org, cancel).ConfigureAwait(false);
        if (words.Count == 0) { return new FoundDocuments([], state); }

        var found = await passages.FindAsync(org, words, options.MaxPassagesRanked, cancel).ConfigureAwait(false);
        return new FoundDocuments(Rank(found, words, state.Passages, limit), state);
    }

    /// <summary>Rare words count more; the same on every database.</summary>
    static IReadOnlyList<FoundDocument> Rank(IReadOnlyList<FoundPassage> found, IReadOnlyList<string> words, long all, int limit)
    {
        var looked = found.Select(passage => (Passage: passage, Words: MemoryWords.Of(passage.Passage.Text).ToHashSet(StringComparer.Ordinal))).ToList();
        var weights = words.ToDictionary(word => word, word => Weigh(looked.Count(one => one.Words.Contains(word)), all));
        var most = weights.Values.Sum();
        return
        [
            .. looked
                .Select(one => (one.Passage, Score: Math.Round(weights.Where(word => one.Words.Contains(word.Key)).Sum(word => word.Value) / most, 4)))
                .GroupBy(one => one.Passage.DocumentId)
                .Select(document => new FoundDocument(
                    document.Key, document.First().Passage.Filename,
                    [.. document.OrderByDescending(one => one.Score).ThenBy(one => one.Passage.Passage.Offset).Select(one => new FoundSection(one.Score, one.Passage.Passage))]))
                .OrderByDescending(document => document.Sections[0].Score).ThenByDescending(document => document.Sections.Count)
                .ThenBy(document => document.DocumentId, StringComparer.Ordinal)
                .Take(limit),
        ];
    }

    static double Weigh(int having, long all) => Math.Log(1 + ((double)Math.Max(all, having) / (1 + having)));
}

public sealed record FoundDocuments(IReadOnlyList<FoundDocument> Documents, IndexState State);

/// <param name="Sections">The best first.</param>
public sealed record FoundDocument(string DocumentId, string Filename, IReadOnlyList<FoundSection> Sections);

/// <param name="Score">From 0 to 1, which has all that is asked.</param>
public sealed record FoundSection(double Score, Passage Passage);
