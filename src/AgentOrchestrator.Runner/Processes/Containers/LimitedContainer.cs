using System.Globalization;

namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>A container whose processes are in control groups with limits, too.</summary>
sealed class LimitedContainer : ProcessContainer
{
    /// <summary>An eighth of what any other process has by default: programs that compute must not keep keeper and runner from renewing leases and killing in time.</summary>
    const string Shares = "128";
    const string Weight = "12";

    readonly ProcessContainer _inner;
    readonly RunGroups _groups;
    LimitKind? _met;

    /// <exception cref="IOException">The groups cannot be made.</exception>
    public LimitedContainer(string token, ProcessContainer inner, RunGroups groups, RunLimits limits)
        : base(token)
    {
        (_inner, _groups) = (inner, groups);
        try
        {
            foreach (var folder in groups.All)
            {
                Directory.CreateDirectory(folder);
            }

            Limit(limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove();
            throw;
        }
    }

    public override LimitKind? Met => _met ??= Look();

    // The shell moves itself, then becomes the program: nothing is started outside.
    public override IReadOnlyList<string> Wrap(string program, IReadOnlyList<string> arguments) =>
        ["/bin/sh", "-c", Joining, $"{_groups.All.Count}", .. _groups.All, .. _inner.Wrap(program, arguments)];

    public override void Signal(ProcEntry root, ProcessSignal signal) => _inner.Signal(root, signal);

    public override Task KillAsync(ProcEntry? root) => _inner.KillAsync(root);

    public override void Remove()
    {
        _met ??= Look();
        _inner.Remove();
        foreach (var folder in _groups.All)
        {
            CgroupContainer.Remove(folder);
        }
    }

    const string Joining = "n=$0; while [ \"$n\" -gt 0 ]; do echo 0 > \"$1/cgroup.procs\" || exit 126; shift; n=$((n-1)); done; exec \"$@\"";

    void Limit(RunLimits limits)
    {
        WriteWhereItIs(_groups.Memory, LimitFiles.Memory1, $"{limits.MemoryBytes}");
        WriteWhereItIs(_groups.Memory, "memory.memsw.limit_in_bytes", $"{limits.MemoryBytes}");
        WriteWhereItIs(_groups.Memory, LimitFiles.Memory2, $"{limits.MemoryBytes}");
        WriteWhereItIs(_groups.Memory, "memory.swap.max", "0");
        WriteWhereItIs(_groups.Processes, LimitFiles.Processes, $"{limits.Processes}");
        WriteWhereItIs(_groups.Cpu, LimitFiles.Cpu1, Shares);
        WriteWhereItIs(_groups.Cpu, LimitFiles.Cpu2, Weight);
    }

    LimitKind? Look() =>
        Count(_groups.Memory, "memory.oom_control", "oom_kill ") > 0 || Count(_groups.Memory, "memory.events", "oom_kill ") > 0 ? LimitKind.Memory
        : Count(_groups.Processes, "pids.events", "max ") > 0 ? LimitKind.Processes
        : null;

    static long Count(string? folder, string file, string name)
    {
        try
        {
            var path = Path.Combine(folder ?? "", file);
            return folder is null || !File.Exists(path) ? 0 : File.ReadLines(path).Where(line => line.StartsWith(name, StringComparison.Ordinal))
                .Select(line => long.Parse(line[name.Length..], CultureInfo.InvariantCulture)).FirstOrDefault();
        }
        catch (IOException)
        {
            // Removed meanwhile.
            return 0;
        }
    }

    /// <summary>Versions differ in the files that a group has.</summary>
    static void WriteWhereItIs(string? folder, string file, string value)
    {
        if (folder is not null && File.Exists(Path.Combine(folder, file)))
        {
            File.WriteAllText(Path.Combine(folder, file), value);
        }
    }
}
