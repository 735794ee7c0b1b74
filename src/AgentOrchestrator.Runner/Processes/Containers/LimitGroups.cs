namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>Where the control groups are made that hold a run to its limits: a hierarchy of their own each (v1), or one (v2).</summary>
/// <param name="Memory">Null where memory cannot be limited.</param>
/// <param name="Processes">Null where the number of processes cannot be limited.</param>
/// <param name="Cpu">Null where a run is not kept from taking the processors from its runner.</param>
public sealed record LimitGroups(string? Memory, string? Processes, string? Cpu)
{
    /// <summary>What a person is told about it.</summary>
    public string Detail => (Memory, Processes) switch
    {
        ({ }, { }) => "memory and processes of a run are limited",
        ({ }, null) => "the memory of a run is limited, the number of its processes is not",
        (null, { }) => "the number of processes of a run is limited, its memory is not",
        _ => "neither memory nor processes of a run are limited",
    };

    public bool IsComplete => Memory is not null && Processes is not null;

    /// <param name="unified">Where groups of version 2 are made to hold runs together; null where they are not.</param>
    public static LimitGroups Find(string? unified)
    {
        SwitchOn(unified, "+memory");
        SwitchOn(unified, "+pids");
        SwitchOn(unified, "+cpu");
        return new(
            Usable(unified, LimitFiles.Memory2) ?? Usable(FindOld("memory"), LimitFiles.Memory1),
            Usable(unified, LimitFiles.Processes) ?? Usable(FindOld("pids"), LimitFiles.Processes),
            Usable(unified, LimitFiles.Cpu2) ?? Usable(FindOld("cpu"), LimitFiles.Cpu1));
    }

    /// <summary>Refused where the group has processes of its own, or was not given the controller.</summary>
    static void SwitchOn(string? folder, string controller)
    {
        try
        {
            if (folder is not null)
            {
                File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), controller);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What can be limited is seen by trying.
        }
    }

    /// <summary>This process's own group in a hierarchy of version 1.</summary>
    static string? FindOld(string controller)
    {
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
            .FirstOrDefault(words => words.Contains("cgroup") && words[^1].Split(',').Contains(controller));
        var own = File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).FirstOrDefault(parts => parts[1].Split(',').Contains(controller))?[2];
        return mount is null || own is null ? null : Path.TrimEndingDirectorySeparator(mount[4] + WithoutRoot(own, mount[3]));
    }

    /// <summary>A container may see only a part of the hierarchy, as its root.</summary>
    static string WithoutRoot(string group, string root) =>
        root != "/" && group.StartsWith(root, StringComparison.Ordinal) ? group[root.Length..] : group;

    /// <returns>The folder when a group can be made in it that has this file.</returns>
    static string? Usable(string? folder, string file)
    {
        if (folder is null)
        {
            return null;
        }

        var trial = Path.Combine(folder, $"ao-{ProcessMark.New()}");
        try
        {
            Directory.CreateDirectory(trial);
            var isThere = File.Exists(Path.Combine(trial, file));
            Directory.Delete(trial);
            return isThere ? folder : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>The files of a control group by which it is limited.</summary>
static class LimitFiles
{
    public const string Memory1 = "memory.limit_in_bytes";
    public const string Memory2 = "memory.max";
    public const string Processes = "pids.max";
    public const string Cpu1 = "cpu.shares";
    public const string Cpu2 = "cpu.weight";
}
