using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentOrchestrator.Hostile;

/// <summary>The processes of this host as <c>/proc</c> shows them.</summary>
public static partial class HostProcesses
{
    public const int Kill = 9;
    public const int Stop = 19;
    public const int Continue = 18;

    /// <summary>Those that are alive and whose command line holds this text.</summary>
    public static IReadOnlyList<int> WithCommand(string text) => With("cmdline", text);

    /// <summary>Those that were started with this in their environment, such as <c>NAME=value</c>.</summary>
    public static IReadOnlyList<int> WithVariable(string text) => With("environ", text);

    /// <summary>Its program's name, of 15 letters at most; empty when it is gone.</summary>
    public static string Name(int id) => Read(id, "comm").TrimEnd();

    static List<int> With(string file, string text)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                && Read(id, file).Replace('\0', ' ').Contains(text, StringComparison.Ordinal))
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>A figure of <c>/proc/ID/status</c>, such as <c>VmRSS</c>, in KiB; 0 when the process is gone.</summary>
    public static long Figure(int id, string name) =>
        Read(id, "status").Split('\n').Where(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>Seconds since the host started.</summary>
    public static double Uptime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);

    public static void Signal(int id, int signal)
    {
        if (Send(id, signal) != 0)
        {
            throw new InvalidOperationException($"process {id} cannot be signalled (errno {Marshal.GetLastPInvokeError()})");
        }
    }

    static string Read(int id, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is not ours.
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int id, int signal);
}
