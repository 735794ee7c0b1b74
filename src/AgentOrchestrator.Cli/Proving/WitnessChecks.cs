using System.Globalization;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What the programs' own lines say about how they were started, and when they were gone.</summary>
static class WitnessChecks
{
    /// <param name="ended">By when each run was known to have ended.</param>
    public static IEnumerable<Finding> All(IReadOnlyList<Witness.Line> lines, IReadOnlyDictionary<string, TimeSpan> ended)
    {
        List<Witness.Line> begun = [.. lines.Where(line => line.What is "begin")];
        yield return new("An attempt is started at most once", begun.Count,
            [.. begun.GroupBy(line => (line.Run, line.Attempt)).Where(same => same.Count() > 1)
                .Select(same => $"attempt {same.Key.Attempt} of {same.Key.Run} was started {same.Count()} times")]);
        yield return new("What had started is never silently run again", begun.Count,
            [.. begun.GroupBy(line => line.Run).Where(same => same.Select(line => line.Attempt).Distinct().Count() > 1)
                .Select(same => $"{same.Key} was executed in attempts {string.Join(", ", same.Select(line => line.Attempt).Distinct())}")]);
        yield return new("Never two programs at once in a session", begun.Count, [.. Overlaps(lines).Distinct()]);
        yield return new("Nothing of a run works on after its end", begun.Count(line => ended.ContainsKey(line.Run)), [.. Survivors(lines, ended)]);
    }

    /// <summary>Lines of an earlier attempt in a session, below the first line of a later one.</summary>
    static IEnumerable<string> Overlaps(IReadOnlyList<Witness.Line> lines)
    {
        var latest = new Dictionary<string, Witness.Line>();
        var replaced = new HashSet<(string Session, string Run, string Attempt)>();
        foreach (var line in lines)
        {
            if (line.What is "begin")
            {
                if (latest.TryGetValue(line.Session, out var before))
                {
                    replaced.Add((before.Session, before.Run, before.Attempt));
                }

                latest[line.Session] = line;
            }
            else if (replaced.Contains((line.Session, line.Run, line.Attempt)))
            {
                yield return $"{line.Run} still worked in {line.Session} when {latest[line.Session].Run} had begun";
            }
        }
    }

    /// <summary>The last line of a run, when it is later than its end.</summary>
    static IEnumerable<string> Survivors(IReadOnlyList<Witness.Line> lines, IReadOnlyDictionary<string, TimeSpan> ended) =>
        from run in lines.GroupBy(line => line.Run)
        where ended.ContainsKey(run.Key)
        let late = run.Max(line => line.At) - ended[run.Key]
        where late > TimeSpan.Zero
        select string.Create(CultureInfo.InvariantCulture, $"{run.Key} still worked {late.TotalSeconds:N1} s after its end was known");
}
