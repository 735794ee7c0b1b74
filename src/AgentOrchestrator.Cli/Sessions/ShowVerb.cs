using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class ShowVerb
{
    public static readonly Verb Verb = new("show", "Show what is known about a session", RunAsync)
    {
        Positionals = [SessionName.Argument],
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var session = await call.Client.Sessions.GetAsync(call.Arguments.Value(SessionName.Argument));
        if (call.WantsJson)
        {
            call.WriteJson(session, ProtocolJson.Default.SessionView);
            return Ao.ExitOk;
        }

        call.Terminal.WriteForeign($"Configuration for session '{session.SessionName}':");
        var lines = call.IsSeedName ? Seeds(session) : [.. Seeds(session), .. Ours(session)];
        var width = lines.Max(line => line.Name.Length) + 1;
        foreach (var (name, value) in lines)
        {
            call.Terminal.WriteForeign($"  {(name + ":").PadRight(width)}  {value}");
        }

        return Ao.ExitOk;
    }

    static (string Name, string Value)[] Seeds(SessionView session) =>
    [
        ("Session ID", session.SessionId),
        ("Project dir", session.ProjectDir ?? "N/A"),
        ("Agent", session.AgentName ?? "N/A"),
        ("Created", WireTime.Text(session.CreatedAt)),
        ("Last resumed", session.LastResumedAt is { } resumed ? WireTime.Text(resumed) : "N/A"),
    ];

    static (string Name, string Value)[] Ours(SessionView session) =>
    [
        ("Status", WireEnum<SessionStatus>.Text(session.Status) + (session.WaitingReason is { } reason ? $" ({reason})" : "")),
        ("Parent", session.ParentSessionName ?? "N/A"),
        ("Executor", session.ExecutorType ?? "N/A"),
        ("Executor's id", session.ExecutorSessionId ?? "N/A"),
        ("Host", session.Hostname ?? "N/A"),
        ("Events", session.LastSeq.ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
