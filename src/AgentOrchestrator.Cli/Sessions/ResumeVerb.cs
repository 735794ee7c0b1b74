using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Sessions;

static class ResumeVerb
{
    public static readonly Verb Verb = new("resume", "Send a further message to a session and print its result", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Flags = [PromptText.Flag, .. RunFlags.All],
        Remarks = RunFlags.Remarks + " A message to a busy session waits for its turn, unless --when-busy or the session says otherwise.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var flags = RunFlags.Read(call);
        var prompt = await PromptText.ReadAsync(call.Terminal, call.Arguments.Value(PromptText.Flag));
        var session = await call.Client.Sessions.GetAsync(call.Arguments.Value(SessionName.Argument));
        var run = new CreateRun
        {
            Type = RunType.ResumeSession,
            SessionId = session.SessionId,
            ParentSessionId = flags.WantsCallback ? flags.Parent?.Id : null,
            ParentSessionName = flags.WantsCallback ? flags.Parent?.Name : null,
            ExecutionMode = flags.Mode,
            Prompt = prompt,
        };
        return await RunWait.SendAsync(call, run.WithPlacement(call.Arguments), session.LastSeq, flags);
    }
}
