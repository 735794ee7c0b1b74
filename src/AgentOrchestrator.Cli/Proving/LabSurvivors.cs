using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>The processes of a laboratory, as <c>/proc</c> shows them: nothing that its programs say is needed to find them.</summary>
static class LabSurvivors
{
    /// <summary>The keepers of the laboratory's runners.</summary>
    public static IReadOnlyList<int> Keepers(string folder) => Find(folder, "cmdline", "__keeper");

    /// <summary>What a run has started, or what that has started: all inherit the run's id.</summary>
    public static IReadOnlyList<int> Programs(string folder) => Find(folder, "environ", "AGENT_ORCHESTRATOR_RUN_ID=");

    /// <returns>False when it had ended already.</returns>
    public static bool Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            return true;
        }
        catch (Exception ended) when (ended is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    static List<int> Find(string folder, string file, string mark)
    {
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(Path.Combine(process, file)) is { Length: > 0 } text
                && text.Contains(mark, StringComparison.Ordinal) && text.Contains(folder, StringComparison.Ordinal))
            {
                found.Add(id);
            }
        }

        return found;
    }

    static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is another user's.
            return "";
        }
    }
}
