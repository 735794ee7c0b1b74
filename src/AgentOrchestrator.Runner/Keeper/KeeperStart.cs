using System.Diagnostics;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>How a keeper is started: apart from the runner's terminal, without its secrets, with a small heap.</summary>
static class KeeperStart
{
    static readonly string[] s_seen = ["PATH", "HOME", "LANG", "TMPDIR", "TZ", CrashPoint.Variable];

    public static ProcessStartInfo Info(RunnerOptions options, string folder)
    {
        var command = options.KeeperCommand!;
        var setsid = Executables.Find("setsid", "/usr/bin:/bin");
        var start = new ProcessStartInfo
        {
            FileName = setsid ?? command[0],
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in (IEnumerable<string>)[.. setsid is null ? command.Skip(1) : command, .. KeeperMode.Arguments(folder, options.OrphanGrace, options.Containment)])
        {
            start.ArgumentList.Add(word);
        }

        foreach (var name in start.Environment.Keys.Where(name => !s_seen.Contains(name) && !name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "0x100000";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }
}
