using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class StopVerb
{
    /// <summary>Longer than a runner that is there may take, and than the lease of one that is not.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    const string Stopping = "stopping";

    static readonly Flag s_tree = new("--tree", "Stop the sessions below it as well that were started to outlive it");
    static readonly Flag s_noWait = new("--no-wait", "Return when the wish is on the server's disk");

    public static readonly Verb Verb = new("stop", "Stop what a session does, and the sessions below it; what is queued is cancelled", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Flags = [s_tree, s_noWait],
        Remarks = "Returns when nothing of the session's own run is left alive, and fails when that is not so after 60 seconds. The wish is "
            + "durable: it holds even when the server goes down meanwhile.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var answer = await call.Client.Sessions.StopAsync(call.Arguments.Value(SessionName.Argument), call.Arguments.Has(s_tree));
        if (answer.Status is Stopping && !call.Arguments.Has(s_noWait))
        {
            answer = answer with { Status = await WaitAsync(call, answer), Message = null };
        }

        if (call.WantsJson)
        {
            call.WriteJson(answer, ProtocolJson.Default.StopAnswer);
        }
        else
        {
            var below = answer.DescendantsStopped is > 0 and var count ? $" ({count} below it are stopped too)" : "";
            call.Terminal.WriteForeign((answer.Message ?? $"'{answer.SessionName}' is {answer.Status}") + below);
        }

        return Ao.ExitOk;
    }

    /// <returns>The status that the session has then.</returns>
    static async Task<string> WaitAsync(Invocation call, StopAnswer asked)
    {
        using var interrupt = new Interrupt();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token);
        patience.CancelAfter(s_patience);
        try
        {
            // What ends after this look has a sequence above it, so nothing is missed between the two.
            var session = await call.Client.Sessions.GetAsync(asked.SessionId, patience.Token);
            if (session.Status is SessionStatus.Stopping)
            {
                await foreach (var frame in call.Client.Sessions.FollowAsync(asked.SessionId, session.LastSeq, cancel: patience.Token))
                {
                    if (frame is FeedFrame.Logged { Event: var logged } && EventTypes.IsEndOfRun(logged.EventType))
                    {
                        break;
                    }
                }
            }

            return (await call.Client.Sessions.GetStatusAsync(asked.SessionId, patience.Token)).Status;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                interrupt.Token.IsCancellationRequested
                    ? $"'{asked.SessionName}' is still stopping; the wish stands"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"'{asked.SessionName}' is still stopping after {s_patience.TotalSeconds:0} seconds; the wish stands. 'ao doctor' says whether its runner is there"));
        }
    }
}
