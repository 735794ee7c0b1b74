using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class ResultVerb
{
    public static readonly Verb Verb = new("result", "Print the result of a finished session", RunAsync)
    {
        Positionals = [SessionName.Argument],
    };

    public static string TextOf(SessionResult result) => result.ResultText ?? result.Result ?? result.ResultData?.GetRawText() ?? "";

    static async Task<int> RunAsync(Invocation call)
    {
        var result = await call.Client.Sessions.GetResultAsync(call.Arguments.Value(SessionName.Argument));
        if (call.WantsJson)
        {
            call.WriteJson(result, ProtocolJson.Default.SessionResult);
        }
        else
        {
            call.Terminal.WriteForeign(TextOf(result));
        }

        return Ao.ExitOk;
    }
}
