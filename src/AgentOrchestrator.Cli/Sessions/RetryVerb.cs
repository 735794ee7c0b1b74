using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Sessions;

static class RetryVerb
{
    static readonly Positional s_run = new("RUN", "Id of a run that has ended");

    public static readonly Verb Verb = new("retry", "Do a run again that has ended: same session, same prompt, the agent as it is now", RunAsync)
    {
        Positionals = [s_run],
        Flags = RunFlags.OfWaiting,
        Remarks = RunFlags.Remarks + " 'ao events NAME' shows the ids of a session's runs.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var flags = RunFlags.Read(call);
        var run = await call.Client.Runs.GetAsync(call.Arguments.Value(s_run));
        var session = await call.Client.Sessions.GetAsync(run.SessionId);
        using var interrupt = new Interrupt();
        var created = await call.Client.Runs.RetryAsync(run.RunId, Ids.New("ao_", 32));
        return await RunWait.AwaitAsync(call, created, session.LastSeq, flags, interrupt);
    }
}
