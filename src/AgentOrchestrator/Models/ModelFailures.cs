using System.ClientModel;
using System.Globalization;
using System.Text.Json;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>Tells from what providers' clients throw what is wrong and whether it passes.</summary>
static class ModelFailures
{
    const int MaxLength = 2_000;

    static readonly string[] s_quota = ["insufficient_quota", "exceeded your current quota", "credit balance", "billing"];

    /// <summary>For a client of any maker, which may throw anything.</summary>
    public static ModelException Explain(Exception failure, IChatClient model) =>
        failure as ModelException ?? Explain(failure, model.GetService<ChatClientMetadata>()?.ProviderName ?? "The model", key: null);

    /// <param name="provider">Who answered, as the message names it.</param>
    /// <param name="key">Is cut out of the message.</param>
    /// <param name="asked">How long the provider wants to be left alone, where the exception does not tell.</param>
    public static ModelException Explain(Exception failure, string provider, string? key, TimeSpan? asked = null) => failure switch
    {
        AnthropicApiException answer => Said(provider, (int)answer.StatusCode, answer.ResponseBody, key, failure, asked),
        ClientResultException { Status: > 0 } answer => Said(
            provider, answer.Status, answer.GetRawResponse()?.Content.ToString(), key, failure, RetryAfter(answer)),
        HttpRequestException { StatusCode: { } status } => Said(provider, (int)status, body: null, key, failure, asked),
        OperationCanceledException or TimeoutException => Broken($"{provider} did not answer in time.", failure),
        AnthropicException or ClientResultException or HttpRequestException or IOException or AggregateException or JsonException =>
            Broken($"{provider} cannot be reached or broke off: {Clean(failure.GetBaseException().Message, key)}", failure),
        _ => new ModelException($"{provider} failed: {Clean(failure.Message, key)}", inner: failure),
    };

    static ModelException Said(string provider, int status, string? body, string? key, Exception failure, TimeSpan? retryAfter) =>
        new($"{provider} answered {status}: {Clean(Words(body) ?? failure.Message, key)}", status, failure)
        {
            Failure = FailureOf(status, body),
            RetryAfter = retryAfter,
        };

    static ModelException Broken(string message, Exception failure) => new(message, inner: failure) { Failure = ModelFailure.Transient };

    static ModelFailure FailureOf(int status, string? body) => status switch
    {
        402 => ModelFailure.Quota,
        400 or 403 or 429 when body is not null && s_quota.Any(word => body.Contains(word, StringComparison.OrdinalIgnoreCase)) => ModelFailure.Quota,
        429 => ModelFailure.RateLimited,
        408 or 409 or 425 or >= 500 and not 501 => ModelFailure.Transient,
        _ => ModelFailure.Fatal,
    };

    static TimeSpan? RetryAfter(ClientResultException answer) =>
        answer.GetRawResponse()?.Headers.TryGetValue("retry-after", out var text) == true
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        && seconds < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;

    static string Clean(string words, string? key)
    {
        var clean = string.IsNullOrEmpty(key) ? words : words.Replace(key, "***", StringComparison.Ordinal);
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
