using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>Turns what the providers' clients throw into <see cref="ModelException"/>, without the key.</summary>
/// <param name="asked">Where the client's exceptions do not tell how long the provider wants to be left alone.</param>
sealed class ReadableErrors(IChatClient inner, string provider, string key, RetryAfterNote? asked = null) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var wait = asked?.Begin();
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfProvider(failure, cancellationToken))
        {
            throw ModelFailures.Explain(failure, provider, key, wait?.Value);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var wait = asked?.Begin();
        var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (updates.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await updates.MoveNextAsync().ConfigureAwait(false)) { yield break; }
                }
                catch (Exception failure) when (IsOfProvider(failure, cancellationToken))
                {
                    throw ModelFailures.Explain(failure, provider, key, wait?.Value);
                }

                yield return updates.Current;
            }
        }
    }

    // A cancelled call is the caller's own doing; a time-out of the client is cancelled too, but not by the caller.
    static bool IsOfProvider(Exception failure, CancellationToken cancel) =>
        !cancel.IsCancellationRequested
        && failure is AnthropicException or ClientResultException or HttpRequestException or IOException or OperationCanceledException
            or AggregateException or JsonException;
}
