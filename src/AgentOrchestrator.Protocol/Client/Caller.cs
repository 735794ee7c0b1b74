using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol.Client.Transport;
using System.Security.Cryptography;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Requests and answers as records, refusals as <see cref="ProductException"/>. What came too fast had no effect and is sent again.</summary>
sealed class Caller(ServerAddress address, ITransport transport)
{
    const string RateLimit = "rate_limit";
    const int MaxTries = 5;

    static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancel) =>
        SendAsync(new Request("GET", path), answer, cancel);

    public Task<T> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> shape, JsonTypeInfo<T> answer, string? idempotencyKey, CancellationToken cancel) =>
        SendAsync(
            new Request("POST", path, JsonSerializer.SerializeToUtf8Bytes(body, shape)) { IdempotencyKey = idempotencyKey }, answer, cancel);

    public Task<T> SendAsync<T>(Request request, JsonTypeInfo<T> answer, CancellationToken cancel) =>
        SendAsync(request, body => JsonSerializer.Deserialize(body, answer) ?? throw new JsonException("null"), cancel);

    /// <param name="read">May throw <see cref="JsonException"/> or <see cref="InvalidOperationException"/>, as JSON readers do.</param>
    public async Task<T> SendAsync<T>(Request request, Func<byte[], T> read, CancellationToken cancel)
    {
        var body = await SendAsync(request, cancel).ConfigureAwait(false);
        try
        {
            return read(body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Unreachable.NotOurs(address, e);
        }
    }

    /// <summary>The bytes of an answer of success.</summary>
    public async Task<byte[]> SendAsync(Request request, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var reply = await transport.SendAsync(request, cancel).ConfigureAwait(false);
            if (reply.IsSuccess)
            {
                return reply.Body;
            }

            var refusal = Refusal.Of(reply);
            if (refusal is not { Reason: RateLimit, RetryAfter: { } wait } || wait > s_longestWait || tries == MaxTries)
            {
                throw refusal;
            }

            // Up to half as long again, so that those who were refused together do not come back together.
            await Task.Delay(wait * (1 + (RandomNumberGenerator.GetInt32(500) / 1_000d)), cancel).ConfigureAwait(false);
        }
    }

    public async Task<T> UploadAsync<T>(
        Request request, Stream body, string mediaType, JsonTypeInfo<T> answer, CancellationToken cancel)
    {
        var reply = await transport.UploadAsync(request, body, mediaType, cancel).ConfigureAwait(false);
        if (!reply.IsSuccess)
        {
            throw Refusal.Of(reply);
        }

        try
        {
            return JsonSerializer.Deserialize(reply.Body, answer) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw Unreachable.NotOurs(address, e);
        }
    }

    public Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel) => transport.OpenStreamAsync(request, cancel);
}
