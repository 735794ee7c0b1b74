namespace AgentOrchestrator.Runner.Processes;

/// <summary>Finds programs as a shell does.</summary>
public static class Executables
{
    /// <param name="name">A name to look up, or a path, which is only checked.</param>
    /// <param name="path">The value of a <c>PATH</c> variable.</param>
    /// <returns>The absolute path of the program; null when there is none that may be executed.</returns>
    public static string? Find(string name, string? path)
    {
        if (name.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            return IsExecutable(name) ? Path.GetFullPath(name) : null;
        }

        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat", ""] : [""];
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => suffixes, (folder, suffix) => Path.Combine(folder, name + suffix))
            .FirstOrDefault(IsExecutable) is { } found
            ? Path.GetFullPath(found)
            : null;
    }

    static bool IsExecutable(string file) =>
        File.Exists(file)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
