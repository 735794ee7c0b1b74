using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Runner;

/// <summary>Where a run works.</summary>
static class Workspace
{
    /// <returns>The absolute path of an existing folder: the run's own, relative to the runner's, or the runner's.</returns>
    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/>, in a sentence for who started the run.</exception>
    public static string Find(string? projectDir, string fallback)
    {
        if (projectDir?.Contains('\0', StringComparison.Ordinal) == true)
        {
            throw new ProductException(ErrorCode.NotPossible, "the project folder has a NUL character in its name");
        }

        var folder = Path.GetFullPath(string.IsNullOrWhiteSpace(projectDir) ? "." : projectDir, fallback);
        if (File.Exists(folder))
        {
            throw new ProductException(ErrorCode.NotPossible, $"the project folder {folder} is a file; name the folder it lies in");
        }

        return Directory.Exists(folder)
            ? folder
            : throw new ProductException(
                ErrorCode.NotPossible, $"the project folder {folder} does not exist on {Environment.MachineName}; create it there or name another one");
    }
}
