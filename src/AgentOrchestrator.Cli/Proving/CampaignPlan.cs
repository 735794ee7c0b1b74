namespace AgentOrchestrator.Cli.Proving;

/// <summary>What is done to the laboratory. The same seed gives the same faults in the same order; the processes' own timing stays theirs.</summary>
/// <param name="Operations">How many the server must have acknowledged before the campaign ends.</param>
/// <param name="Freezes">How often a runner is stopped for longer than its lease, and then let go on.</param>
sealed record CampaignPlan(int Seed, int ServerKills, int RunnerKills, int Freezes, int KeeperKills, int Operations)
{
    public int Total => ServerKills + RunnerKills + Freezes + KeeperKills;

    public Fault[] Shuffle(Random random)
    {
        Fault[] faults =
        [
            .. Enumerable.Repeat(Fault.KillServer, ServerKills),
            .. Enumerable.Repeat(Fault.KillRunner, RunnerKills),
            .. Enumerable.Repeat(Fault.FreezeRunner, Freezes),
            .. Enumerable.Repeat(Fault.KillKeeper, KeeperKills),
        ];
        random.Shuffle(faults);
        return faults;
    }
}

enum Fault
{
    KillServer,
    KillRunner,
    FreezeRunner,
    KillKeeper,
}
