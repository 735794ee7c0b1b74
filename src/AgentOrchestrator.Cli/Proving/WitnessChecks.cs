namespace AgentOrchestrator.Cli.Proving;

/// <summary>What the programs' own lines say about how they were started.</summary>
static class WitnessChecks
{
    public static IEnumerable<Finding> All(IReadOnlyList<Witness.Line> lines)
    {
        List<Witness.Line> begun = [.. lines.Where(line => line.What is "begin")];
        yield return new("An attempt is started at most once", begun.Count,
            [.. begun.GroupBy(line => (line.Run, line.Attempt)).Where(same => same.Count() > 1)
                .Select(same => $"attempt {same.Key.Attempt} of {same.Key.Run} was started {same.Count()} times")]);
        yield return new("What had started is never silently run again", begun.Count,
            [.. begun.GroupBy(line => line.Run).Where(same => same.Select(line => line.Attempt).Distinct().Count() > 1)
                .Select(same => $"{same.Key} was executed in attempts {string.Join(", ", same.Select(line => line.Attempt).Distinct())}")]);
        yield return new("Never two programs at once in a session", begun.Count, [.. Overlaps(lines).Distinct()]);
    }

    /// <summary>Lines of an earlier program of a session, below the first line of a later one.</summary>
    static IEnumerable<string> Overlaps(IReadOnlyList<Witness.Line> lines)
    {
        var latest = new Dictionary<string, Witness.Line>();
        var replaced = new HashSet<(string Session, string Run, string Process)>();
        foreach (var line in lines)
        {
            if (line.What is "begin")
            {
                if (latest.TryGetValue(line.Session, out var before))
                {
                    replaced.Add((before.Session, before.Run, before.Process));
                }

                latest[line.Session] = line;
            }
            else if (replaced.Contains((line.Session, line.Run, line.Process)))
            {
                yield return $"{line.Run} still worked in {line.Session} when {latest[line.Session].Run} had begun";
            }
        }
    }
}
