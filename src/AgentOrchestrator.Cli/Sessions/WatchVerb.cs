using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class WatchVerb
{
    static readonly Flag s_after = new("--after", "Begin after this sequence number", "SEQ");
    static readonly Flag s_keep = new("--keep", "Go on when nothing is left to do, until Ctrl-C", Short: 'k');

    public static readonly Verb Verb = new("watch", "Follow a session live", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Flags = [s_after, s_keep],
        Remarks = "Shows the log from its beginning, then what happens, until the session and the children that will call it back have nothing left to do.\n"
            + "With --json, a line for each frame: event, delta, session, gap, deleted.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        // A server that is away at the beginning is an error; one that goes away later is waited for.
        var session = await call.Client.Sessions.GetAsync(call.Arguments.Value(SessionName.Argument));
        var after = call.Arguments.Number(s_after, least: 0) ?? 0;
        using var interrupt = new Interrupt();
        var timeline = call.WantsJson ? null : Timeline.OnOut(call);
        var options = new FeedOptions { ConnectionChanged = reason => ShowConnection(call.Terminal, reason) };
        var end = new Quiet(after, call.Arguments.Has(s_keep));
        try
        {
            await foreach (var frame in call.Client.Sessions.FollowAsync(session.SessionId, after, options, interrupt.Token))
            {
                if (timeline is null)
                {
                    call.WriteJson(WatchLine.Of(frame), CliJson.Default.WatchLine);
                }
                else
                {
                    timeline.Show(frame);
                }

                call.Terminal.Out.Flush();
                if (frame is FeedFrame.Deleted || (end.IsReached(frame) && await HasNothingComingAsync(call.Client.Sessions, session.SessionId, interrupt.Token)))
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            timeline?.EndStream();
            return Ao.ExitInterrupted;
        }

        timeline?.EndStream();
        return Ao.ExitOk;
    }

    /// <summary>Whether no child will call the session back, and it still rests after that was asked.</summary>
    static async Task<bool> HasNothingComingAsync(SessionsClient sessions, string name, CancellationToken cancel)
    {
        var children = await sessions.ListChildrenAsync(name, cancel);
        return !children.Sessions.Any(child => child.ExecutionMode is ExecutionMode.AsyncCallback && !IsAtRest(child))
            && IsAtRest(await sessions.GetAsync(name, cancel));
    }

    static bool IsAtRest(SessionView session) =>
        session.Status is SessionStatus.Finished or SessionStatus.Failed or SessionStatus.Stopped or SessionStatus.Idle;

    static void ShowConnection(Terminal terminal, ProductException? reason)
    {
        if (terminal.IsErrorTerminal)
        {
            terminal.Error.WriteLine(reason is null ? "The server is back." : $"{PlainText.OneLine(reason.Message)}. Waiting for it…");
        }
    }

    /// <summary>Whether the session rests and all that it logged was shown.</summary>
    sealed class Quiet(long after, bool never)
    {
        long _shown = after;
        SessionView? _session;

        public bool IsReached(FeedFrame frame)
        {
            switch (frame)
            {
                case FeedFrame.Logged { Event.Seq: var seq }:
                    _shown = seq;
                    break;
                case FeedFrame.Gap { To: var to }:
                    _shown = to;
                    break;
                case FeedFrame.Changed { Session: var session }:
                    _session = session;
                    break;
            }

            return !never && _session is { } now && now.LastSeq <= _shown && IsAtRest(now);
        }
    }
}

/// <summary>A frame of a feed as a line; the members of its type are set.</summary>
sealed record WatchLine(string Type)
{
    public EventView? Event { get; init; }

    public SessionView? Session { get; init; }

    public string? RunId { get; init; }

    public IReadOnlyList<TextDelta>? Deltas { get; init; }

    public long? From { get; init; }

    public long? To { get; init; }

    public static WatchLine Of(FeedFrame frame) => frame switch
    {
        FeedFrame.Logged { Event: var logged } => new("event") { Event = logged },
        FeedFrame.Written { RunId: var run, Deltas: var deltas } => new("delta") { RunId = run, Deltas = deltas },
        FeedFrame.Changed { Session: var session } => new("session") { Session = session },
        FeedFrame.Gap { From: var from, To: var to } => new("gap") { From = from, To = to },
        _ => new("deleted"),
    };
}
