using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Sqlite.Archives;

namespace AgentOrchestrator.Server.Archives;

/// <summary><c>verify DIR [--json]</c>: looks at a data folder, and serves nothing.</summary>
static class VerifyProgram
{
    public const string Name = "verify";

    /// <returns>0 when the data are whole, 1 when something is wrong with them.</returns>
    /// <exception cref="ProductException">Invalid for a wrong command line; NotFound or Unavailable for a folder that cannot be looked at.</exception>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var folders = args.Where(arg => arg is not "--json").ToList();
        if (folders.Count != 1 || folders[0].StartsWith('-'))
        {
            throw new ProductException(ErrorCode.Invalid, "verify takes one data folder, and --json: verify .agent-orchestrator");
        }

        var report = DataCheck.Run(Path.GetFullPath(folders[0]));
        if (args.Contains("--json"))
        {
            output.WriteLine(JsonSerializer.Serialize(report, ProtocolJson.Default.DataReport));
        }
        else
        {
            Write(report, output);
        }

        return report.Ok ? 0 : 1;
    }

    /// <summary>For people: a line for each finding, or one that all is well.</summary>
    public static void Write(DataReport report, TextWriter output)
    {
        foreach (var finding in report.Findings)
        {
            output.WriteLine($"✗ {finding.Kind}: {finding.What}; {finding.Remedy}");
        }

        if (report.Ok)
        {
            output.WriteLine($"✓ {report.Sessions} sessions and {report.Events} events are whole");
        }
    }
}
