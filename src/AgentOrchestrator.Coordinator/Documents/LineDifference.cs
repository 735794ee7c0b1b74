using System.Text;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What changed from one text to another, line by line, in the form that <c>diff -u</c> prints.</summary>
/// <remarks>Lines that are alike at both ends are set aside; of the rest the fewest changes are looked for, and where that would take long, all of it is one change.</remarks>
public static class LineDifference
{
    const int Context = 3;
    const int MaxChanges = 1_000;

    /// <returns>Empty for texts that are the same.</returns>
    public static string Of(string before, string after, string beforeName, string afterName)
    {
        if (before == after) { return ""; }

        var (a, b) = (Lines(before), Lines(after));
        var text = new StringBuilder().Append("--- ").Append(beforeName).Append('\n').Append("+++ ").Append(afterName).Append('\n');
        var steps = Steps(a, b);
        for (var at = 0; (at = steps.FindIndex(at, step => step.Kind != ' ')) >= 0;) { at = AppendHunk(text, steps, at); }
        return text.ToString();
    }

    /// <summary>Writes the change at this place, with those that are near behind it.</summary>
    /// <returns>The place behind it.</returns>
    static int AppendHunk(StringBuilder text, List<Step> steps, int at)
    {
        var last = at;
        for (var next = at; next < steps.Count && next - last <= 2 * Context; next++)
        {
            if (steps[next].Kind != ' ') { last = next; }
        }

        var hunk = steps[Math.Max(0, at - Context)..Math.Min(steps.Count, last + Context + 1)];
        var (removed, added) = (hunk.Count(step => step.Kind != '+'), hunk.Count(step => step.Kind != '-'));
        text.Append(null, $"@@ -{Start(hunk[0].Before, removed)},{removed} +{Start(hunk[0].After, added)},{added} @@\n");
        foreach (var step in hunk)
        {
            text.Append(step.Kind).Append(step.Line);
            if (!step.Line.EndsWith('\n')) { text.Append("\n\\ No newline at end of file\n"); }
        }

        return last + 1;
    }

    // Of no lines it is the line before them.
    static int Start(int index, int count) => count == 0 ? index : index + 1;

    static List<Step> Steps(List<string> a, List<string> b)
    {
        var head = 0;
        while (head < a.Count && head < b.Count && a[head] == b[head]) { head++; }

        var tail = 0;
        while (tail < a.Count - head && tail < b.Count - head && a[^(tail + 1)] == b[^(tail + 1)]) { tail++; }

        var steps = new List<Step>();
        for (var i = 0; i < head; i++) { steps.Add(new Step(' ', a[i], i, i)); }
        steps.AddRange(Shortest(a, b, head, a.Count - tail, b.Count - tail) ?? Whole(a, b, head, a.Count - tail, b.Count - tail));
        for (var i = tail; i > 0; i--) { steps.Add(new Step(' ', a[^i], a.Count - i, b.Count - i)); }
        return steps;
    }

    static IEnumerable<Step> Whole(List<string> a, List<string> b, int head, int aEnd, int bEnd) =>
    [
        .. Enumerable.Range(head, aEnd - head).Select(i => new Step('-', a[i], i, head)),
        .. Enumerable.Range(head, bEnd - head).Select(i => new Step('+', b[i], aEnd, i)),
    ];

    /// <summary>After Myers, "An O(ND) Difference Algorithm" (1986).</summary>
    /// <returns>Null where there are too many changes.</returns>
    static List<Step>? Shortest(List<string> a, List<string> b, int head, int aEnd, int bEnd)
    {
        var most = Math.Min(aEnd - head + bEnd - head, MaxChanges);
        var reached = new int[(2 * most) + 2];
        var trace = new List<int[]>();
        for (var changes = 0; changes <= most; changes++)
        {
            trace.Add(reached[(most - changes)..(most + changes + 1)]);
            for (var diagonal = -changes; diagonal <= changes; diagonal += 2)
            {
                var isDown = diagonal == -changes || (diagonal != changes && reached[most + diagonal - 1] < reached[most + diagonal + 1]);
                var x = isDown ? (diagonal == -changes && changes == 0 ? 0 : reached[most + diagonal + 1]) : reached[most + diagonal - 1] + 1;
                while (head + x < aEnd && head + x - diagonal < bEnd && a[head + x] == b[head + x - diagonal]) { x++; }

                reached[most + diagonal] = x;
                if (head + x >= aEnd && head + x - diagonal >= bEnd) { return Back(a, b, head, aEnd, bEnd, trace); }
            }
        }

        return null;
    }

    static List<Step> Back(List<string> a, List<string> b, int head, int aEnd, int bEnd, List<int[]> trace)
    {
        var steps = new List<Step>();
        var (x, y) = (aEnd - head, bEnd - head);
        for (var changes = trace.Count - 1; changes >= 0; changes--)
        {
            // As far as one change fewer had come: its diagonals stand around the middle of the kept piece.
            int At(int diagonal) => trace[changes][changes + diagonal];
            var diagonal = x - y;
            var isDown = diagonal == -changes || (diagonal != changes && At(diagonal - 1) < At(diagonal + 1));
            var fromX = changes == 0 ? 0 : isDown ? At(diagonal + 1) : At(diagonal - 1);
            var fromY = changes == 0 ? 0 : fromX - (isDown ? diagonal + 1 : diagonal - 1);
            while (x > fromX && y > fromY)
            {
                (x, y) = (x - 1, y - 1);
                steps.Add(new Step(' ', a[head + x], head + x, head + y));
            }

            if (changes == 0) { break; }

            steps.Add(isDown ? new Step('+', b[head + fromY], head + fromX, head + fromY) : new Step('-', a[head + fromX], head + fromX, head + fromY));
            (x, y) = (fromX, fromY);
        }

        steps.Reverse();
        return steps;
    }

    /// <summary>With their ends, so that a changed end is a change.</summary>
    static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[at..end]);
            at = end;
        }

        return lines;
    }

    /// <param name="Before">The index of the line in the first text, or of the one behind it.</param>
    sealed record Step(char Kind, string Line, int Before, int After);
}
