using System.Text.Json;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Waits for the end of a run over the feed of its session.</summary>
sealed class RunFollowing(OrchestratorClient client, Func<FeedFrame, Task> seen)
{
    public async Task<RunView> WaitAsync(RunCreated created, long after, FeedOptions? options, CancellationToken cancel)
    {
        var runId = created.RunId;
        await foreach (var frame in client.Sessions.FollowAsync(created.SessionId, after, options, cancel).ConfigureAwait(false))
        {
            await seen(frame).ConfigureAwait(false);
            switch (frame)
            {
                case FeedFrame.Logged { Event: var logged } when logged.RunId == runId && EventTypes.IsEndOfRun(logged.EventType):
                    if (RetryOf(logged) is not { } retry)
                    {
                        return await client.Runs.GetAsync(runId, cancel).ConfigureAwait(false);
                    }

                    runId = retry;
                    break;
                case FeedFrame.Deleted:
                    throw new ProductException(ErrorCode.NotFound, $"Session '{created.SessionName}' was deleted while its run was waited for");
            }
        }

        // A feed ends by a deletion, a refusal or the wish to stop, all of which throw.
        return await client.Runs.GetAsync(runId, cancel).ConfigureAwait(false);
    }

    static string? RetryOf(EventView logged) =>
        logged.Data is { ValueKind: JsonValueKind.Object } data
        && data.TryGetProperty("retry_run_id", out var retry) && retry.ValueKind is JsonValueKind.String
            ? retry.GetString()
            : null;
}
