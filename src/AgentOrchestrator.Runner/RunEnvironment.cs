using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Agents;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Telemetry;

namespace AgentOrchestrator.Runner;

/// <summary>Chooses what a run may see of the host's environment: a list of names, nothing else.</summary>
/// <param name="host">The runner's own environment.</param>
sealed class RunEnvironment(IReadOnlyDictionary<string, string> host, RunnerOptions options)
{
    // The last one for ao, where .NET is not installed in its usual place.
    static readonly string[] s_standard = ["PATH", "HOME", "LANG", "LC_*", "TERM", "TMPDIR", "TZ", "USER", "SHELL", "DOTNET_ROOT*"];

    // Without these, programs do not even start there.
    static readonly string[] s_windows =
        ["SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA", "ProgramData", "TEMP", "TMP"];

    public IReadOnlyDictionary<string, string> For(RunView run, RunAssignment assignment, IExecutor executor, string processToken)
    {
        string[] names =
        [
            .. s_standard,
            .. OperatingSystem.IsWindows() ? s_windows : [],
            .. executor.Variables,
            .. assignment.Agent?.Env ?? [],
        ];
        var seen = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (name, value) in host)
        {
            if (Array.Exists(names, pattern => Matches(pattern, name)))
            {
                seen[name] = value;
            }
        }

        if (options.CommandsDirectory is { } commands)
        {
            seen["PATH"] = seen.TryGetValue("PATH", out var path) ? commands + Path.PathSeparator + path : commands;
        }

        seen["AGENT_ORCHESTRATOR_API_URL"] = options.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
        seen[Placeholders.McpUrl] = $"{seen["AGENT_ORCHESTRATOR_API_URL"]}/mcp";
        seen["AGENT_ORCHESTRATOR_TOKEN"] = assignment.Token;
        seen["AGENT_ORCHESTRATOR_RUN_ID"] = run.RunId;
        seen[Placeholders.SessionId] = run.SessionId;
        seen[Placeholders.SessionName] = run.SessionName;
        seen[ProcessMark.Variable] = processToken;
        if ((RunnerTelemetry.CurrentId ?? assignment.TraceParent) is { } trace)
        {
            seen["TRACEPARENT"] = trace;
        }

        if (assignment.Agent is { } agent && options.AgentsDirectory is { } agents)
        {
            seen[Placeholders.AgentFolder] = Path.Combine(agents, agent.Name);
        }

        return seen;
    }

    static bool Matches(string pattern, string name) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
}
