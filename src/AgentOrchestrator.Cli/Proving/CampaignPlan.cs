using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What is done to the laboratory. The same seed gives the same faults in the same order; the processes' own timing stays theirs.</summary>
sealed record CampaignPlan
{
    public required int Seed { get; init; }

    /// <summary>The URL of an empty PostgreSQL database; null for SQLite.</summary>
    public string? Database { get; init; }
    public required int ServerKills { get; init; }
    public required int RunnerKills { get; init; }

    /// <summary>How often a runner is stopped for longer than its lease, and then let go on.</summary>
    public required int Freezes { get; init; }
    public required int KeeperKills { get; init; }

    /// <summary>How often a process ends itself at one of <see cref="CrashPoint.All"/>: each of them before any of them again.</summary>
    public required int Crashes { get; init; }

    /// <summary>How many requests are cut off, held or doubled on their way.</summary>
    public required int LineFaults { get; init; }

    /// <summary>How many the server must have acknowledged before the campaign ends.</summary>
    public required int Operations { get; init; }

    public int Total => ServerKills + RunnerKills + Freezes + KeeperKills + Crashes + LineFaults;

    public Fault[] Shuffle(Random random)
    {
        Fault[] faults =
        [
            .. Enumerable.Repeat(new Fault.KillServer(), ServerKills),
            .. Enumerable.Repeat(new Fault.KillRunner(), RunnerKills),
            .. Enumerable.Repeat(new Fault.FreezeRunner(), Freezes),
            .. Enumerable.Repeat(new Fault.KillKeeper(), KeeperKills),
            .. Enumerable.Range(0, Crashes).Select(n => new Fault.Crash(CrashPoint.All[n % CrashPoint.All.Count])),
            .. Enumerable.Range(0, LineFaults).Select(n => new Fault.Line((LineFault)(n % Enum.GetValues<LineFault>().Length))),
        ];
        random.Shuffle(faults);
        return faults;
    }
}

abstract record Fault
{
    public sealed record KillServer : Fault;

    public sealed record KillRunner : Fault;

    public sealed record FreezeRunner : Fault;

    public sealed record KillKeeper : Fault;

    /// <param name="Place">One of <see cref="CrashPoint.All"/>.</param>
    public sealed record Crash(string Place) : Fault;

    public sealed record Line(LineFault Fault) : Fault;
}
