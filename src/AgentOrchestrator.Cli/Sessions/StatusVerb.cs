using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Sessions;

static class StatusVerb
{
    public static readonly Verb Verb = new("status", "Print one word: how a session stands", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Remarks = "pending, running, stopping, stopped, idle, finished, failed, or not_existent, which is no error.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var answer = await call.Client.Sessions.GetStatusAsync(call.Arguments.Value(SessionName.Argument));
        if (call.WantsJson)
        {
            call.WriteJson(answer, ProtocolJson.Default.SessionStatusAnswer);
        }
        else
        {
            call.Terminal.WriteForeign(answer.Status);
        }

        return Ao.ExitOk;
    }
}
