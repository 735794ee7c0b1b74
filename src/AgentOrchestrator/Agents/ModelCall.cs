using System.Runtime.CompilerServices;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>One call of the model, shown as it is written, and made again where that helps.</summary>
sealed class ModelCall(IChatClient model, RetryPolicy retry, TimeProvider time)
{
    readonly List<ChatResponseUpdate> _updates = [];
    bool _isAbandoned;

    /// <summary>Why there is no whole answer; null when there is one, or the call was cancelled.</summary>
    public ModelException? Failure { get; private set; }

    public bool IsCancelled { get; private set; }

    /// <summary>What was said, whole or not.</summary>
    public ChatResponse Answer => _updates.ToChatResponse();

    public async IAsyncEnumerable<AgentUpdate> StreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            (Failure, _isAbandoned) = (null, false);
            _updates.Clear();
            var hasShown = false;
            IAsyncEnumerator<ChatResponseUpdate>? stream = null;
            try
            {
                while (await MoveAsync(() => stream ??= model.GetStreamingResponseAsync(messages, options, cancel).GetAsyncEnumerator(cancel), cancel)
                    .ConfigureAwait(false))
                {
                    _updates.Add(stream!.Current);
                    foreach (var shown in Shown(stream.Current))
                    {
                        hasShown = true;
                        yield return shown;
                    }
                }
            }
            finally
            {
                // A stream that is still moving must not be disposed of; it ends by itself or never.
                if (stream is not null && !_isAbandoned) { await stream.DisposeAsync().ConfigureAwait(false); }
            }

            // What was shown cannot be taken back: then a failure is final.
            if (Failure is not { } failure || hasShown || retry.WaitAfter(attempt, failure) is not { } wait) { yield break; }

            yield return new AgentUpdate.Waiting(attempt, wait, failure);
            if (!await WaitAsync(wait, cancel).ConfigureAwait(false)) { yield break; }
        }
    }

    async ValueTask<bool> MoveAsync(Func<IAsyncEnumerator<ChatResponseUpdate>> stream, CancellationToken cancel)
    {
        try
        {
            var moved = stream().MoveNextAsync();
            if (moved.IsCompleted) { return await moved.ConfigureAwait(false); }

            var moving = moved.AsTask();
            _isAbandoned = true;
            var isMore = await moving.WaitAsync(cancel).ConfigureAwait(false);
            _isAbandoned = false;
            return isMore;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            IsCancelled = true;
            return false;
        }
        catch (Exception failure)
        {
            _isAbandoned = false;
            Failure = ModelFailures.Explain(failure, model);
            return false;
        }
    }

    async ValueTask<bool> WaitAsync(TimeSpan wait, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(wait, time, cancel).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            IsCancelled = true;
            return false;
        }
    }

    static IEnumerable<AgentUpdate> Shown(ChatResponseUpdate update)
    {
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text: yield return new AgentUpdate.Text(text.Text); break;
                case TextReasoningContent { Text.Length: > 0 } thought: yield return new AgentUpdate.Thinking(thought.Text); break;
            }
        }
    }
}
