using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Sessions;

static class DeleteVerb
{
    public static readonly Verb Verb = new("delete", "Delete a session with its events and runs", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Remarks = "A session that works must be stopped first. Its children are stopped, unless they were started to outlive it; they stay, without a parent.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var name = call.Arguments.Value(SessionName.Argument);
        var deleted = await call.Client.Sessions.DeleteAsync(name);
        if (call.WantsJson)
        {
            call.WriteJson(deleted, ProtocolJson.Default.SessionDeleted);
        }
        else
        {
            call.Terminal.WriteForeign($"Deleted '{name}' ({deleted.Deleted.EventsCount} events)");
        }

        return Ao.ExitOk;
    }
}
