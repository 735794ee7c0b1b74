using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Server.Runs;

/// <summary>What a stop answers: the texts of the wire contract.</summary>
static class StopAnswers
{
    /// <param name="words">Of the route that was asked.</param>
    /// <exception cref="ProductException">NotPossible for a run that has ended.</exception>
    public static StopAnswer Of(StopOutcome outcome, Vocabulary words) => new()
    {
        RunId = outcome.Run.RunId,
        SessionId = outcome.Run.SessionId,
        SessionName = outcome.Run.SessionName,
        Status = WireEnum<RunStatus>.Text(outcome.Run.Status),
        Message = outcome.Before switch
        {
            RunStatus.Pending => $"{words.Run} cancelled before execution",
            RunStatus.Stopping => $"{words.Run} is already being stopped",
            var ended when RunMoves.IsTerminal(ended) => throw new ProductException(
                ErrorCode.NotPossible, $"{words.Run} cannot be stopped (status: {WireEnum<RunStatus>.Text(ended)})"),
            _ => null,
        },
    };

    public static StopAnswer Of(SessionStopOutcome outcome) => new()
    {
        RunId = outcome.Run?.RunId,
        SessionId = outcome.Session.SessionId,
        SessionName = outcome.Session.Name,
        Status = WireEnum<SessionStatus>.Text(outcome.Session.Status),
        DescendantsStopped = outcome.Descendants,
        Message = (outcome.RunBefore, outcome.Before) switch
        {
            (RunStatus.Stopping, _) => "Session is already being stopped",
            (RunStatus.Pending, _) => "Run cancelled before execution",
            (not null, _) => null,
            (null, SessionStatus.Finished or SessionStatus.Failed) when outcome.Descendants > 0 =>
                "Session waited for its children, which are being stopped; marked as stopped",
            (null, SessionStatus.Stopped or SessionStatus.Finished or SessionStatus.Failed) =>
                $"Session already {WireEnum<SessionStatus>.Text(outcome.Before)}",
            _ => "No active run found - session marked as stopped",
        },
    };
}
