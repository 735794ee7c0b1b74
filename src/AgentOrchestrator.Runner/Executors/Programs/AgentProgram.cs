using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Runner.Agents;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.Programs;

/// <summary>The program that an agent brings along, ready to be started.</summary>
static class AgentProgram
{
    /// <param name="changes">Added to the run's environment.</param>
    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/>, saying what is missing on this host.</exception>
    public static ProcessSpec Specify(RunContext run, ProgramLimits limits, IReadOnlyDictionary<string, string>? changes = null)
    {
        if (run.Agent?.Command is not { Count: > 0 } command)
        {
            throw new ProductException(
                ErrorCode.NotPossible, "this executor needs an agent whose definition names a command; see docs/agents.md");
        }

        var environment = new Dictionary<string, string>(run.Environment);
        foreach (var (name, value) in changes ?? new Dictionary<string, string>()) { environment[name] = value; }
        return new ProcessSpec
        {
            Program = Find(command[0], run),
            Arguments = [.. command.Skip(1)],
            WorkingDirectory = run.WorkingDirectory,
            Environment = environment,
            MaxLineBytes = limits.MaxOutputBytes + 1,
        };
    }

    /// <summary>How long the run may take; null for as long as it likes.</summary>
    public static TimeSpan? TimeLimit(AgentView? agent) => agent?.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    static string Find(string program, RunContext run)
    {
        if (!IsPath(program)) { return program; }

        var path = Path.IsPathRooted(program) ? program : InFolder(program, run);
        if (!File.Exists(path))
        {
            throw new ProductException(ErrorCode.NotPossible, $"{path} is not there on {Environment.MachineName}; the agent's command names it");
        }

        return Executables.Find(path, null)
            ?? throw new ProductException(ErrorCode.NotPossible, $"{path} may not be executed; run 'chmod +x {path}' on {Environment.MachineName}");
    }

    static bool IsPath(string program) => program.Contains('/') || (OperatingSystem.IsWindows() && program.Contains('\\')) || Path.IsPathRooted(program);

    static string InFolder(string program, RunContext run)
    {
        var folder = run.Environment.GetValueOrDefault(Placeholders.AgentFolder);
        return folder is not null && Directory.Exists(folder)
            ? Path.GetFullPath(program, folder)
            : throw new ProductException(
                ErrorCode.NotPossible,
                $"the agent's command {program} lies in the agent's folder, and {folder ?? "no such folder"} is not on {Environment.MachineName}; "
                + "copy it there, or name the folder of all agents in AGENT_ORCHESTRATOR_AGENTS_DIR where the runner starts");
    }
}
