using System.Text.RegularExpressions;

namespace AgentOrchestrator.Memory;

/// <summary>How close texts are to a query by their words; rare words count more.</summary>
static partial class WordIndex
{
    /// <returns>The texts that share a word with the query, the closest first; newer ones first among equals.</returns>
    public static IEnumerable<(T Item, double Distance)> Search<T>(IReadOnlyList<T> oldestFirst, Func<T, string> text, string query)
    {
        var words = Words(query);
        var texts = oldestFirst.Select(item => (Item: item, Words: Words(text(item)))).ToList();
        var weights = words.ToDictionary(word => word, word => Math.Log(1 + ((double)texts.Count / (1 + texts.Count(entry => entry.Words.Contains(word))))));
        var all = weights.Values.Sum();
        return texts.AsEnumerable().Reverse()
            .Select(entry => (entry.Item, Found: weights.Where(weight => entry.Words.Contains(weight.Key)).Sum(weight => weight.Value)))
            .Where(entry => entry.Found > 0)
            .Select(entry => (entry.Item, Distance: Math.Max(0, 1 - (entry.Found / all))))
            .OrderBy(entry => entry.Distance);
    }

    static HashSet<string> Words(string text) => [.. Word().Matches(text).Select(match => match.Value.ToLowerInvariant())];

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
