using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What really ran, told by the programs themselves: each appends a line when it begins, works and ends, and the order of the file is the order of that.</summary>
/// <remarks>It needs no clock and trusts neither server nor runner.</remarks>
sealed class Witness(string path)
{
    public const string Agent = "witness";

    public string Path { get; } = path;

    /// <summary>The agent whose program writes the lines.</summary>
    public async Task WriteAgentAsync(string agentsFolder)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(agentsFolder, Agent)).FullName;
        await File.WriteAllTextAsync(
            System.IO.Path.Combine(folder, "agent.json"),
            """{"description":"Writes down that it runs","executor":"command","command":["./witness.sh"]}""");
        var script = System.IO.Path.Combine(folder, "witness.sh");
        await File.WriteAllTextAsync(script, $$"""
            #!/bin/sh
            attempt=$(sed -n 's/.*"attempt": *\([0-9]*\).*/\1/p')
            who="$AGENT_SESSION_ID $AGENT_ORCHESTRATOR_RUN_ID $attempt $$"
            echo "begin $who" >> '{{Path}}'
            n=0
            while [ $n -lt 6 ]; do sleep 0.05; echo "tick $who" >> '{{Path}}'; n=$((n+1)); done
            echo "end $who" >> '{{Path}}'
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

    public static Line Parse(string text) => text.Split(' ') is [var what, var session, var run, var attempt, var process]
        ? new Line(what, session, run, attempt, process)
        : throw new ProductException(ErrorCode.Internal, $"the witness wrote a line that it should not: '{text}'");

    /// <param name="What"><c>begin</c>, <c>tick</c> or <c>end</c>.</param>
    public sealed record Line(string What, string Session, string Run, string Attempt, string Process);
}
