using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>Ends every process that a started program left behind, and their children.</summary>
/// <remarks>
/// On Linux a process belongs to the tree when it carries the mark, when it is in the session that the program was started in, or when its
/// parent belongs. What is left outside: a process that gave itself a new session, dropped its environment and lost its parent.
/// On macOS and Windows only descendants whose chain of parents is unbroken are found.
/// </remarks>
public static class ProcessTree
{
    // The numbers differ between Linux and macOS only for SIGSTOP, which is used on Linux alone.
    const int SigStop = 19;
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Kills all that carries the mark, until nothing is left.</summary>
    /// <param name="token">The token of an attempt, or of one of its processes.</param>
    /// <returns>How many processes were killed.</returns>
    public static Task<int> KillAsync(string token) => KillAsync(token, null);

    /// <param name="root">The program that was started, alive or not: its session and its children belong too.</param>
    internal static async Task<int> KillAsync(string token, ProcEntry? root)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var mark = Encoding.UTF8.GetBytes(token);
        var killed = new HashSet<ProcEntry>();
        var clock = Stopwatch.StartNew();
        while (Members(await ProcScan.TakeAsync().ConfigureAwait(false), mark, root) is { Count: > 0 } members)
        {
            // Frozen first, so that none forks away between being seen and being killed.
            foreach (var member in members)
            {
                Send(member, SigStop);
            }

            if (!Members(await ProcScan.TakeAsync().ConfigureAwait(false), mark, root).IsSubsetOf(members) && clock.Elapsed < s_patience / 2)
            {
                continue;
            }

            foreach (var member in members)
            {
                Send(member, Number(ProcessSignal.SIGKILL));
                killed.Add(member);
            }

            if (clock.Elapsed > s_patience)
            {
                // Uninterruptible in the kernel: the signal is pending and nothing more can be done.
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
        }

        return killed.Count;
    }

    /// <summary>Sends a signal to one process, if it still is that process.</summary>
    internal static void Send(ProcEntry process, ProcessSignal signal) => Send(process, Number(signal));

    internal static void SendTo(int id, ProcessSignal signal) => _ = Kill(id, Number(signal));

    /// <summary>The processes that belong, by all three marks.</summary>
    internal static HashSet<ProcEntry> Members(IReadOnlyList<MarkedProcess> all, ReadOnlySpan<byte> mark, ProcEntry? root)
    {
        var members = new HashSet<ProcEntry>();

        // A number is not given away while a session of that number has members: another process with it says that the session is gone.
        var isSessionOurs = root is not null && !all.Any(p => p.Process.Id == root.Value.Id && p.Process.StartTicks != root.Value.StartTicks);
        foreach (var (process, carried) in all)
        {
            if (process.Id == Environment.ProcessId || process.StartTicks < (root?.StartTicks ?? 0))
            {
                continue;
            }

            if (process == root || (isSessionOurs && process.Session == root!.Value.Id) || ProcessMark.Is(carried, mark))
            {
                members.Add(process);
            }
        }

        var ids = members.Select(m => m.Id).ToHashSet();
        for (var grew = ids.Count > 0; grew;)
        {
            grew = false;
            foreach (var (process, _) in all)
            {
                if (process.Id != Environment.ProcessId && ids.Contains(process.Parent) && ids.Add(process.Id))
                {
                    members.Add(process);
                    grew = true;
                }
            }
        }

        return members;
    }

    static void Send(ProcEntry process, int signal)
    {
        if (ProcFs.Find(process.Id) is { } now && now.StartTicks == process.StartTicks)
        {
            _ = Kill(process.Id, signal);
        }
    }

    static int Number(ProcessSignal signal) => signal switch
    {
        ProcessSignal.SIGINT => 2,
        ProcessSignal.SIGTERM => 15,
        _ => 9,
    };

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Kill(int id, int signal);
}
