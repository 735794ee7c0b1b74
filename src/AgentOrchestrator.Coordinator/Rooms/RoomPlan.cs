using AgentOrchestrator.Protocol.Rooms;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Where a message goes, before anything is done about it.</summary>
/// <param name="Mode">A word of <see cref="RoomRoutedData.Mode"/>.</param>
/// <param name="Parts">By agent, in order, what it is told.</param>
public sealed record RoomPlan(string Mode, IReadOnlyList<RoomPart> Parts, IReadOnlyList<RoomSkip> Skipped)
{
    /// <summary>Of a person's message. Who is first decides: the default agent alone gets it with all other names, else everybody who is named gets the same.</summary>
    /// <param name="fallback">Who gets what names nobody; null where there is no such agent.</param>
    public static RoomPlan Of(string text, IReadOnlyList<RoomAgent> agents, string defaultAgent, string? fallback, bool isLocked)
    {
        var mentions = Mentions.Find(text, agents.Select(agent => agent.Name));
        if (mentions.Count == 0)
        {
            return Checked(isLocked ? "locked" : "default", fallback is null ? [] : [new RoomPart(fallback, Told(text, []))], agents);
        }

        if (string.Equals(mentions[0].Name, defaultAgent, StringComparison.OrdinalIgnoreCase))
        {
            return Checked("delegate", [new RoomPart(mentions[0].Name, Told(text, [mentions[0]]))], agents);
        }

        var told = Told(text, mentions);
        return Checked("broadcast", [.. Everybody(mentions, agents, but: null).Select(name => new RoomPart(name, told))], agents);
    }

    /// <summary>Of an agent's message: a line that names agents goes to those, any other to all that are named anywhere. Null when it names nobody.</summary>
    public static RoomPlan? OfAgent(string text, string sender, IReadOnlyList<RoomAgent> agents)
    {
        var mentions = Mentions.Find(text, agents.Select(agent => agent.Name));
        var named = Everybody(mentions, agents, sender);
        if (named.Count == 0) { return null; }

        var lines = named.ToDictionary(name => name, _ => new List<string>(), StringComparer.OrdinalIgnoreCase);
        for (var start = 0; start <= text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var newline ? newline : text.Length;
            var here = mentions.Where(one => one.Start >= start && one.Start < end).ToList();
            var line = here.Count == 0 ? text[start..end].TrimEnd('\r') : Mentions.Without(text[start..end], [.. here.Select(one => one with { Start = one.Start - start })]);
            foreach (var name in here.Count == 0 ? named : Everybody(here, agents, sender)) { lines[name].Add(line); }

            start = end + 1;
        }

        return Checked("agent", [.. named.Select(name => new RoomPart(name, $"[{sender}]: {Told(string.Join('\n', lines[name]), [], text)}"))], agents);
    }

    static IReadOnlyList<string> Everybody(IReadOnlyList<Mention> mentions, IReadOnlyList<RoomAgent> agents, string? but)
    {
        var names = Mentions.Names(mentions);
        var all = names.Contains(Mentions.All, StringComparer.OrdinalIgnoreCase)
            ? names.Where(name => name != Mentions.All).Concat(agents.Where(agent => agent.Trouble is null).Select(agent => agent.Name)).Distinct(StringComparer.OrdinalIgnoreCase)
            : names;
        return [.. all.Where(name => !string.Equals(name, but, StringComparison.OrdinalIgnoreCase))];
    }

    static RoomPlan Checked(string mode, IReadOnlyList<RoomPart> parts, IReadOnlyList<RoomAgent> agents)
    {
        var trouble = agents.ToDictionary(agent => agent.Name, agent => agent.Trouble, StringComparer.OrdinalIgnoreCase);
        string? TroubleOf(RoomPart part) => trouble.TryGetValue(part.Agent, out var reason) ? reason : "unknown";
        return new RoomPlan(
            mode,
            [.. parts.Where(part => TroubleOf(part) is null)],
            [.. parts.Where(part => TroubleOf(part) is not null).Select(part => new RoomSkip(part.Agent, TroubleOf(part)!))]);
    }

    /// <summary>What is left without the names; the whole where that is nothing, because nobody can be told nothing.</summary>
    static string Told(string text, IReadOnlyList<Mention> mentions, string? whole = null) =>
        Mentions.Without(text, mentions) is { Length: > 0 } left ? left : (whole ?? text).Trim();
}

/// <param name="Trouble">Why it cannot be spoken to: <c>stopped</c>, <c>failed</c>; null when it listens.</param>
public sealed record RoomAgent(string Name, string? Trouble);

public sealed record RoomPart(string Agent, string Text);
