using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using AgentOrchestrator.Cli.Output;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A proof for people: a table on the terminal, or a page of Markdown.</summary>
static class ProofText
{
    const int ShownAtMost = 10;

    public static void Write(Terminal terminal, Proof proof)
    {
        Table.Write(terminal, ["PROMISE", "TRIED", "BROKEN"], [.. proof.Findings.Select(Row)]);
        foreach (var finding in proof.Findings.Where(finding => finding.Broken.Count > 0))
        {
            foreach (var broken in finding.Broken.Take(ShownAtMost))
            {
                terminal.WriteForeign($"broken: {finding.Promise}: {broken}");
            }
        }

        terminal.Out.WriteLine(Summary(proof));
    }

    public static string Markdown(Proof proof)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Proof

            Made by `ao prove --server-kills {proof.ServerKills} --runner-kills {proof.RunnerKills} --freezes {proof.RunnersFrozen} --keeper-kills {proof.KeeperKills} --crashes {proof.Crashes} --line-faults {proof.LineFaults} --operations {proof.Operations} --seed {proof.Seed}{(proof.Database is "sqlite" ? "" : " --database …")} --report docs/proof.md`
            on {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}. {Summary(proof)}

            | Promise | Tried | Broken |
            |---|---|---|

            """);
        foreach (var row in proof.Findings.Select(Row))
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return text.ToString();
    }

    static string[] Row(Finding finding) =>
        [finding.Promise, finding.Tried.ToString("N0", CultureInfo.InvariantCulture), finding.Broken.Count.ToString("N0", CultureInfo.InvariantCulture)];

    static string Summary(Proof proof) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(proof.Database is "sqlite" ? "SQLite" : "PostgreSQL")}: kill -9 of the server {proof.ServerKills} times, of a runner {proof.RunnerKills}, of a keeper {proof.KeeperKills}; a runner stopped beyond its lease {proof.RunnersFrozen} times; a process that ended itself at a chosen place {proof.Crashes} times; {proof.LineFaults} requests cut off, held or doubled on their way. {proof.AcknowledgedOperations:N0} acknowledged operations, {proof.Runs:N0} runs, {proof.Seconds:N0} s, the slowest loss of a run after {proof.SlowestLossSeconds:N1} s, at rest {proof.SecondsToRest:N1} s after the last operation.");
}
