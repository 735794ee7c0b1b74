namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>A piece of a document's text that is found by its words.</summary>
/// <param name="Offset">In characters, which are code points.</param>
/// <param name="Length">In characters.</param>
public sealed record Passage(long Offset, int Length, string Text)
{
    public const int MaxLength = 1_000;
    public const int Overlap = 200;

    /// <summary>Each begins some characters before the end of the one before it, so that nothing is cut in two everywhere.</summary>
    public static IReadOnlyList<Passage> CutAll(string text)
    {
        var places = CharacterPlaces(text);
        var all = new List<Passage>();
        for (var from = 0; from < places.Count - 1; from += MaxLength - Overlap)
        {
            var to = Math.Min(from + MaxLength, places.Count - 1);
            all.Add(new Passage(from, to - from, text[places[from]..places[to]]));
            if (to == places.Count - 1) { break; }
        }

        return all;
    }

    /// <summary>Where each character begins, and where the last one ends.</summary>
    static List<int> CharacterPlaces(string text)
    {
        var places = new List<int>(text.Length + 1);
        for (var at = 0; at < text.Length; at++)
        {
            places.Add(at);
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])) { at++; }
        }

        places.Add(text.Length);
        return places;
    }
}

/// <param name="Words">What it is found by.</param>
public sealed record NewPassage(Passage Passage, IReadOnlyList<string> Words);

public sealed record FoundPassage(string DocumentId, string Filename, Passage Passage);

/// <summary>How far an org's documents can be found.</summary>
/// <param name="Pending">Texts that are not looked at yet.</param>
/// <param name="Failed">Texts that could not be read.</param>
/// <param name="Passages">What can be found.</param>
public sealed record IndexState(long Pending, long Failed, long Passages);
