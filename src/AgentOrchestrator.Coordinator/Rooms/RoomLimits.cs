using AgentOrchestrator.Protocol.Rooms;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Keeps what comes of one person's message finite: agents that mention agents come to an end.</summary>
static class RoomLimits
{
    /// <param name="earlier">Everything that came of the same person's message.</param>
    /// <param name="hop">Of what this plan sends.</param>
    public static RoomPlan Apply(RoomPlan plan, string? sender, int hop, IReadOnlyList<RoomRoute> earlier, CoordinatorOptions options)
    {
        var kept = new List<RoomPart>();
        var skipped = plan.Skipped.ToList();
        foreach (var part in plan.Parts)
        {
            if (ReasonAgainst(part, sender, hop, kept.Count, earlier, options) is { } reason) { skipped.Add(new RoomSkip(part.Agent, reason)); }
            else { kept.Add(part); }
        }

        return plan with { Parts = kept, Skipped = skipped };
    }

    public static bool IsLimit(string reason) => reason is "hop_limit" or "fanout_limit" or "message_limit" or "cycle";

    public static string Explain(string reason, CoordinatorOptions options) => reason switch
    {
        "hop_limit" => $"the message has gone from agent to agent {options.RoomMaxHops} times",
        "fanout_limit" => $"a message goes to at most {options.RoomMaxFanOut} agents",
        "message_limit" => $"{options.RoomMaxMessages} messages have come of one",
        "cycle" => $"the same two agents have spoken {options.RoomMaxRepeats} times in the same direction",
        "stopped" => "not running",
        "unknown" => "not available",
        _ => reason,
    };

    static string? ReasonAgainst(
        RoomPart part, string? sender, int hop, int sent, IReadOnlyList<RoomRoute> earlier, CoordinatorOptions options)
    {
        if (sent >= options.RoomMaxFanOut) { return "fanout_limit"; }
        if (sender is null) { return null; }
        if (hop > options.RoomMaxHops) { return "hop_limit"; }
        if (earlier.Count + sent >= options.RoomMaxMessages) { return "message_limit"; }

        var repeats = earlier.Count(route => Same(route.Sender, sender) && Same(route.Agent, part.Agent));
        return repeats >= options.RoomMaxRepeats ? "cycle" : null;
    }

    static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
