using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Queues a run, and waits for its end where the call wants that.</summary>
static class RunWait
{
    /// <param name="after">The last sequence of the session before the run.</param>
    public static async Task<ToolAnswer> SendAsync(ToolCall call, CreateRun run, long after)
    {
        // Not cancelled half way: nobody could say then whether something was started.
        var created = await call.Client.Runs.CreateAsync(run, Ids.New("mcp_", 32), CancellationToken.None).ConfigureAwait(false);
        return run.ExecutionMode is ExecutionMode.Sync
            ? await AwaitAsync(call, created, after).ConfigureAwait(false)
            : Queued(call, created, run);
    }

    static ToolAnswer Queued(ToolCall call, RunCreated created, CreateRun run)
    {
        var callback = run.ExecutionMode is ExecutionMode.AsyncCallback;
        return ToolAnswer.Of(
            new RunQueued
            {
                SessionId = created.SessionId,
                SessionName = created.SessionName,
                RunId = created.RunId,
                Status = WireEnum<RunStatus>.Text(created.Status),
                CallbackTo = callback ? call.Caller.Session : null,
                Message = callback
                    ? "It works. Its result comes as a message when this session's turn has ended; do not wait for it."
                    : "It works. Ask with get_agent_session_status, and for its result with get_agent_session_result.",
            },
            McpJson.Readable.RunQueued);
    }

    static async Task<ToolAnswer> AwaitAsync(ToolCall call, RunCreated created, long after)
    {
        try
        {
            var ended = await call.Client.WaitForEndAsync(created, after, frame => call.Progress.TellAsync(frame, call.Cancel), cancel: call.Cancel)
                .ConfigureAwait(false);
            return await ShowAsync(call, ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (call.IsGivenUp)
        {
            await call.Client.Runs.StopAsync(created.RunId, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    static async Task<ToolAnswer> ShowAsync(ToolCall call, RunView run)
    {
        if (run.Status is not RunStatus.Completed)
        {
            return ToolAnswer.OfError(new FailureShown
            {
                Error = WhyNot(run),
                Code = run.Reason,
                SessionId = run.SessionId,
                RunId = run.RunId,
                Status = WireEnum<RunStatus>.Text(run.Status),
            });
        }

        // Executors of the predecessor leave their result as the last message of the log.
        var text = run.ResultText ?? run.ResultData?.GetRawText()
            ?? SessionTools.TextOf(await call.Client.Sessions.GetResultAsync(run.SessionId, call.Cancel).ConfigureAwait(false));
        return SessionTools.Show(run.SessionId, text, run.ResultData, run);
    }

    static string WhyNot(RunView run) => run.Status is RunStatus.Stopped
        ? $"session {run.SessionName} was stopped before it had a result"
        : $"session {run.SessionName} failed: {run.Error ?? "no reason was given; its log shows what happened"}";
}
