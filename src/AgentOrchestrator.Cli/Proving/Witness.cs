using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What really ran, told by the programs themselves: each appends a line when it begins, works and ends, and the order of the file is the order of that.</summary>
/// <remarks>It trusts neither server nor runner, and no clock but the machine's own.</remarks>
sealed class Witness(string path)
{
    public const string Agent = "witness";

    /// <summary>The agent, for a server that reads no folder; the runner finds the program in its own.</summary>
    public static WriteAgent Definition { get; } = new()
    {
        Name = Agent,
        Description = "Writes down that it runs",
        Executor = AgentExecutors.Command,
        Command = ["./witness.sh"],
    };

    public string Path { get; } = path;

    /// <summary>The agent whose program writes the lines. The first word of the prompt is a <see cref="WitnessMode"/>.</summary>
    public async Task WriteAgentAsync(string agentsFolder)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(agentsFolder, Agent)).FullName;
        await File.WriteAllTextAsync(
            System.IO.Path.Combine(folder, "agent.json"),
            """{"description":"Writes down that it runs","executor":"command","command":["./witness.sh"]}""");
        var script = System.IO.Path.Combine(folder, "witness.sh");
        await File.WriteAllTextAsync(script, $$"""
            #!/bin/sh
            note() { read -r up rest < {{HostClock.File}}; echo "$1 $who $$ $up" >> '{{Path}}'; }
            work() { n=0; while [ $n -lt "$1" ]; do sleep "$2"; note tick; n=$((n+1)); done; }
            if [ $# -gt 0 ]; then who="$1"; work 150 0.2; exit; fi
            set -- $(sed -n 's/.*"prompt": *"\([a-z]*\).*"attempt": *\([0-9]*\).*/\2 \1/p')
            who="$AGENT_SESSION_ID $AGENT_ORCHESTRATOR_RUN_ID $1"
            case "$2" in stubborn|endless) trap '' TERM;; esac
            note begin
            case "$2" in
                stubborn) work 80 0.25;;
                endless) work 240 0.25;;
                daemon) setsid "$0" "$who" < /dev/null > /dev/null 2>&1 & work 6 0.05;;
                fork) ( "$0" "$who" & ); work 6 0.05;;
                *) work 6 0.05;;
            esac
            note end
            echo done

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public async Task<IReadOnlyList<Line>> ReadAsync()
    {
        var lines = File.Exists(Path) ? await File.ReadAllLinesAsync(Path) : [];
        return [.. lines.Select(Parse)];
    }

    public static Line Parse(string text) => text.Split(' ') is [var what, var session, var run, var attempt, var process, var at]
        ? new Line(what, session, run, attempt, process, HostClock.Parse(at))
        : throw new ProductException(ErrorCode.Internal, $"the witness wrote a line that it should not: '{text}'");

    /// <param name="What"><c>begin</c>, <c>tick</c> or <c>end</c>.</param>
    /// <param name="At">By <see cref="HostClock"/>, just before it was written.</param>
    public sealed record Line(string What, string Session, string Run, string Attempt, string Process, TimeSpan At);
}

/// <summary>How a program of the witness behaves.</summary>
static class WitnessMode
{
    /// <summary>Works for a third of a second.</summary>
    public const string Short = "short";

    /// <summary>Does not heed SIGTERM, and works for 20 s: more than two leases.</summary>
    public const string Stubborn = "stubborn";

    /// <summary>As <see cref="Stubborn"/>, for a minute: for runs that somebody stops.</summary>
    public const string Endless = "endless";

    /// <summary>Leaves a program in a session of its own behind, which works for half a minute.</summary>
    public const string Daemon = "daemon";

    /// <summary>Leaves a program behind whose parent is gone, and which holds its output open.</summary>
    public const string Fork = "fork";

    /// <summary>Mostly the short one.</summary>
    public static string Draw(Random random) => random.Next(24) switch
    {
        0 => Stubborn,
        1 or 2 => Daemon,
        3 or 4 => Fork,
        _ => Short,
    };
}
