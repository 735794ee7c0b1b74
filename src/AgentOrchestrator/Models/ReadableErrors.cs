using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>Turns what the providers' clients throw into <see cref="ModelException"/>, without the key.</summary>
sealed class ReadableErrors(IChatClient inner, string provider, string key) : DelegatingChatClient(inner)
{
    const int MaxLength = 2_000;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfProvider(failure, cancellationToken))
        {
            throw Explain(failure);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
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
                    throw Explain(failure);
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

    ModelException Explain(Exception failure) => failure switch
    {
        AnthropicApiException answer => Said((int)answer.StatusCode, Words(answer.ResponseBody) ?? answer.Message, failure),
        ClientResultException { Status: > 0 } answer => Said(
            answer.Status, Words(answer.GetRawResponse()?.Content.ToString()) ?? answer.Message, failure),
        OperationCanceledException => new ModelException($"{provider} did not answer in time.", inner: failure),
        _ => new ModelException($"{provider} cannot be reached or broke off: {Clean(failure.GetBaseException().Message)}", inner: failure),
    };

    ModelException Said(int status, string words, Exception failure) => new($"{provider} answered {status}: {Clean(words)}", status, failure);

    string Clean(string words)
    {
        var clean = words.Replace(key, "***", StringComparison.Ordinal);
        return clean.Length <= MaxLength ? clean : clean[..MaxLength];
    }

    /// <summary><c>error.message</c> of the body, as all of them send it.</summary>
    static string? Words(string? body)
    {
        if (string.IsNullOrWhiteSpace(body)) { return null; }

        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error)
                ? error.ValueKind == JsonValueKind.String ? error.GetString()
                : error.TryGetProperty("message", out var message) ? message.GetString() : error.GetRawText()
                : body;
        }
        catch (JsonException)
        {
            // A proxy's page rather than the provider's JSON: shown as it is.
            return body;
        }
    }
}
