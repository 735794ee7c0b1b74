using System.Diagnostics;

namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>A control group below the keeper's own.</summary>
sealed class CgroupContainer : ProcessContainer
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    readonly string _folder;

    /// <exception cref="IOException">The group cannot be made.</exception>
    public CgroupContainer(string token, string folder)
        : base(token)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    // The shell moves itself, then becomes the program: nothing is started outside.
    public override IReadOnlyList<string> Wrap(string program, IReadOnlyList<string> arguments) =>
        ["/bin/sh", "-c", "echo 0 > \"$0\" && exec \"$@\"", Path.Combine(_folder, "cgroup.procs"), program, .. arguments];

    public override async Task KillAsync(ProcEntry? root)
    {
        if (root is { } own)
        {
            // It may not have moved itself yet.
            ProcessTree.Send(own, ProcessSignal.SIGKILL);
        }

        try
        {
            await KillAsync(_folder).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await base.KillAsync(root).ConfigureAwait(false);
        }
    }

    public override void Remove() => Remove(_folder);

    /// <summary>Kills what is in a group, whoever made it, and removes the group.</summary>
    public static async Task KillLeftAsync(string folder)
    {
        if (Directory.Exists(folder))
        {
            await KillAsync(folder).ConfigureAwait(false);
            Remove(folder);
        }
    }

    static async Task KillAsync(string folder)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            while (IsPopulated(folder) && clock.Elapsed < s_patience)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "cgroup.kill"), "1").ConfigureAwait(false);
                await Task.Delay(TimeSpan.FromMilliseconds(2)).ConfigureAwait(false);
            }
        }
        catch (IOException) when (!Directory.Exists(folder))
        {
            // Somebody else was faster; only an empty group can be removed.
        }
    }

    static bool IsPopulated(string folder) => File.ReadAllText(Path.Combine(folder, "cgroup.events")).Contains("populated 1", StringComparison.Ordinal);

    /// <summary>Removes an empty group.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // A process that the kernel cannot end yet is in it; an empty group that is left over does no harm.
        }
    }
}
