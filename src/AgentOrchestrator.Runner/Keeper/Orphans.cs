using System.Runtime.InteropServices;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>Processes that lost their parent: they become the keeper's children, not those of process 1.</summary>
/// <param name="isOurs">Whether a child is a program that the keeper started; those are waited for elsewhere.</param>
/// <param name="starting">Held while a program is started, and not yet known to be ours.</param>
sealed partial class Orphans(Func<int, bool> isOurs, Lock starting)
{
    const int SetChildSubreaper = 36;
    const int AllChildren = 0;
    const int NoHang = 1;
    const int Exited = 4;
    const int LeaveZombie = 0x0100_0000;
    const int OffsetOfProcessId = 16;

    public static void Adopt() => _ = Control(SetChildSubreaper, 1, 0, 0, 0);

    /// <summary>Waits for the dead ones, so that they do not stay as zombies.</summary>
    public void Reap()
    {
        using var nothingStarts = starting.EnterScope();
        Span<byte> info = stackalloc byte[128];
        while (true)
        {
            info.Clear();
            if (WaitId(AllChildren, 0, ref MemoryMarshal.GetReference(info), NoHang | Exited | LeaveZombie) != 0
                || MemoryMarshal.Read<int>(info[OffsetOfProcessId..]) is not (var id and > 0)
                || isOurs(id)
                || WaitFor(id, 0, NoHang) != id)
            {
                return;
            }
        }
    }

    /// <summary>Kills the living ones and theirs. They belong to some run that has ended: to be called while none is live.</summary>
    public async Task KillAsync()
    {
        while (KillOnce())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
            Reap();
        }
    }

    bool KillOnce()
    {
        using var nothingStarts = starting.EnterScope();
        var orphans = ProcFs.List().FindAll(process => process.Parent == Environment.ProcessId && !isOurs(process.Id));
        orphans.ForEach(orphan => ProcessTree.Send(orphan, ProcessSignal.SIGKILL));
        return orphans.Count > 0;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "waitid")]
    private static partial int WaitId(int kind, int id, ref byte info, int options);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int id, nint status, int options);
}
