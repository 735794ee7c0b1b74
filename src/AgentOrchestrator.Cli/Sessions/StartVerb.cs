using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class StartVerb
{
    static readonly Positional s_name = new("NAME", "What the new session is called: letters, digits, '_' and '-', at most 60");
    static readonly Flag s_agent = new("--agent", "The agent to start; see 'ao agents'", "AGENT");
    static readonly Flag s_projectDir = new("--project-dir", "The folder to work in, which must exist; this one when left out", "DIR");

    static readonly Flag s_outlives = new("--outlive-parent", "Inside a run: go on when the session that asks is stopped or deleted");

    public static readonly Verb Verb = new("start", "Start an agent as a new session and print its result", RunAsync)
    {
        Positionals = [s_name],
        Flags = [PromptText.Flag, s_agent, s_projectDir, s_outlives, .. RunFlags.All],
        Remarks = RunFlags.Remarks + " Inside a run, the new session is a child of that run's session. --when-busy holds for messages to it that say nothing themselves.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var flags = RunFlags.Read(call);
        var outlives = call.Arguments.Has(s_outlives);
        if (outlives && flags.Parent is null)
        {
            throw new UsageException("--outlive-parent needs a parent, and this is not called inside a run; a session without one is stopped by nobody else");
        }

        var run = new CreateRun
        {
            Type = RunType.StartSession,
            SessionName = call.Arguments.Value(s_name),
            AgentName = call.Arguments.Value(s_agent),
            ProjectDir = ProjectDir(call),
            ParentSessionId = flags.Parent?.Id,
            ParentSessionName = flags.Parent?.Name,
            ExecutionMode = flags.Mode,
            OnParentEnd = outlives ? ParentEndPolicy.Detach : null,
            Prompt = await PromptText.ReadAsync(call.Terminal, call.Arguments.Value(PromptText.Flag)),
        };
        return await RunWait.SendAsync(call, run.WithPlacement(call.Arguments), after: 0, flags);
    }

    static string ProjectDir(Invocation call)
    {
        if (call.Arguments.Value(s_projectDir) is not { } given)
        {
            return call.Host.Environment("AGENT_ORCHESTRATOR_PROJECT_DIR") is { Length: > 0 } configured
                ? Path.GetFullPath(configured)
                : Directory.GetCurrentDirectory();
        }

        return Directory.Exists(given)
            ? Path.GetFullPath(given)
            : throw new UsageException($"{s_projectDir.Name}: there is no folder '{given}'");
    }
}
