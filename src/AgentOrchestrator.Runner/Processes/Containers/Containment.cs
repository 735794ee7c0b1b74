using System.Diagnostics;

namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>The surest way to hold processes together that this host allows.</summary>
/// <param name="CgroupFolder">Where groups are made; null for the other kinds.</param>
public sealed record Containment(ContainerKind Kind, string? CgroupFolder = null)
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>How far this host can hold a run to its limits.</summary>
    public LimitGroups Limits { get; private init; } = new(null, null, null);

    /// <summary>What a person is told about it.</summary>
    public string Detail => Kind switch
    {
        ContainerKind.Cgroup => $"a stop ends everything that a run started: control groups below {CgroupFolder}",
        ContainerKind.Namespace => "a stop ends everything that a run started: a PID namespace for each run",
        _ => "a stop finds what a run started by marks, sessions and parents",
    };

    /// <summary>Tries them in turn.</summary>
    /// <param name="atMost">The first one to try.</param>
    public static async Task<Containment> FindAsync(ContainerKind atMost = ContainerKind.Cgroup)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new Containment(ContainerKind.Marks);
        }

        var unified = FindCgroup();
        var limits = LimitGroups.Find(unified);
        if (atMost <= ContainerKind.Cgroup && unified is not null)
        {
            return new Containment(ContainerKind.Cgroup, unified) { Limits = limits };
        }

        var isNamespace = atMost <= ContainerKind.Namespace && await CanUnshareAsync().ConfigureAwait(false);
        return new Containment(isNamespace ? ContainerKind.Namespace : ContainerKind.Marks) { Limits = limits };
    }

    /// <summary>The group that holds the processes of a run; null for the other kinds.</summary>
    internal string? FolderOf(string token) => GroupIn(CgroupFolder, token);

    /// <summary>The groups that limit it, which hold nothing together.</summary>
    internal IEnumerable<string> LimitFoldersOf(string token) => GroupsOf(token, new RunLimits(0, 0)).All.Where(folder => folder != FolderOf(token));

    internal ProcessContainer Create(string token, RunLimits limits)
    {
        var container = Kind switch
        {
            ContainerKind.Cgroup => new CgroupContainer(token, FolderOf(token)!),
            ContainerKind.Namespace => new NamespaceContainer(token),
            _ => new ProcessContainer(token),
        };
        var groups = GroupsOf(token, limits);
        return groups.All.Count == 0 ? container : new LimitedContainer(token, container, groups, limits);
    }

    RunGroups GroupsOf(string token, RunLimits limits) => new(
        limits.MemoryBytes is null ? null : GroupIn(Limits.Memory, token),
        limits.Processes is null ? null : GroupIn(Limits.Processes, token),
        GroupIn(Limits.Cpu, token));

    static string? GroupIn(string? folder, string token) => folder is null ? null : Path.Combine(folder, $"ao-{token}");

    /// <summary>This process's own group, or the unit above that it was put into, when groups can be made and killed in it.</summary>
    static string? FindCgroup()
    {
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).FirstOrDefault(words => words.Contains("cgroup2"))?[4];
        var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..];
        if (mount is null || own is null || Executables.Find("/bin/sh", null) is null)
        {
            return null;
        }

        var folder = Path.TrimEndingDirectorySeparator(mount + own);
        return UnitAbove(folder) is { } unit && CanHold(unit) ? unit : CanHold(folder) ? folder : null;
    }

    /// <summary>A unit of systemd whose processes are in a group below it: only there limits can be set, since it has no process of its own.</summary>
    static string? UnitAbove(string folder) =>
        Path.GetDirectoryName(folder) is { } above && Path.GetExtension(above) is ".service" or ".scope" ? Path.GetDirectoryName(folder) : null;

    static bool CanHold(string folder)
    {
        var trial = Path.Combine(folder, $"ao-{ProcessMark.New()}");
        try
        {
            Directory.CreateDirectory(trial);
            var isKillable = File.Exists(Path.Combine(trial, "cgroup.kill"));
            Directory.Delete(trial);
            return isKillable && CanWrite(Path.Combine(folder, "cgroup.procs"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Moving a process into a group below asks for this right here, too.</summary>
    static bool CanWrite(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        return stream.CanWrite;
    }

    static async Task<bool> CanUnshareAsync()
    {
        if (Executables.Find(NamespaceContainer.Command[0], null) is not { } unshare || Executables.Find("/bin/sh", null) is null)
        {
            return false;
        }

        using var limit = new CancellationTokenSource(s_patience);
        using var trial = new Process { StartInfo = new(unshare, [.. NamespaceContainer.Command.Skip(1), "true"]) { RedirectStandardError = true } };
        trial.Start();
        try
        {
            await trial.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return trial.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            trial.Kill();
            return false;
        }
    }
}
