using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class ListVerb
{
    static readonly Flag s_limit = new("--limit", "At most so many, the newest first", "N", 'n');

    public static readonly Verb Verb = new("list", "List the sessions, newest first", RunAsync) { Flags = [s_limit] };

    static async Task<int> RunAsync(Invocation call)
    {
        var list = call.Arguments.Number(s_limit, least: 1) is { } limit
            ? await call.Client.Sessions.ListAsync((int)Math.Min(limit, int.MaxValue))
            : await call.Client.Sessions.ListAsync();
        if (call.WantsJson)
        {
            call.WriteJson(list, ProtocolJson.Default.SessionList);
        }
        else if (list.Sessions.Count == 0)
        {
            call.Terminal.Out.WriteLine("No sessions found");
        }
        else if (call.IsSeedName)
        {
            foreach (var session in list.Sessions)
            {
                call.Terminal.WriteForeign(
                    $"{session.SessionName} (session-id: {session.SessionId}, project-dir: {session.ProjectDir ?? "N/A"})");
            }
        }
        else
        {
            Table.Write(call.Terminal, ["NAME", "STATUS", "AGENT", "AGE", "PARENT", "PROJECT"], [.. list.Sessions.Select(s => Row(s, call))]);
        }

        return Ao.ExitOk;
    }

    static string[] Row(SessionView session, Invocation call) =>
    [
        session.SessionName,
        Status(session),
        session.AgentName ?? "-",
        Spans.Age(call.Host.Time.GetUtcNow() - session.CreatedAt),
        session.ParentSessionName ?? "-",
        session.ProjectDir ?? "-",
    ];

    static string Status(SessionView session) =>
        WireEnum<SessionStatus>.Text(session.Status) + (session.WaitingReason is { } reason ? $" ({reason})" : "");
}
