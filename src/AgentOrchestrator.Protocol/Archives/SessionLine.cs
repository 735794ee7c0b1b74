using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Archives;

/// <summary>One line of an exported session: <c>session</c> first, then its runs, then its events by sequence, and <c>end</c>.</summary>
/// <remarks>Only the members of its kind are set. A file without its last line was cut short.</remarks>
public sealed record SessionLine
{
    public const string OfSession = "session";
    public const string OfRun = "run";
    public const string OfEvent = "event";
    public const string OfEnd = "end";

    /// <summary>What this version writes and reads.</summary>
    public const int CurrentVersion = 1;

    public string? Kind { get; init; }

    /// <summary>Of the format; in the first line.</summary>
    public int? Version { get; init; }
    public SessionView? Session { get; init; }
    public RunView? Run { get; init; }
    public EventView? Event { get; init; }

    /// <summary>In the last line: the sequence at which the log ends.</summary>
    public long? LastSeq { get; init; }

    /// <summary>In the last line: up to where the log was pruned.</summary>
    public long? PrunedTo { get; init; }
}

/// <summary>The answer to an import.</summary>
public sealed record SessionImported(bool Ok, SessionView Session, long Events, long Runs);
