using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;

namespace AgentOrchestrator.Server.Http;

/// <summary><c>Idempotency-Key</c>: a client's name for one effect, so that sending the request again has no second one.</summary>
static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";
    public const string Replayed = "Idempotency-Replayed";
    public const int MaxLength = 255;

    /// <summary>The key with the hash of method, path and body; null when the client sent none. Read the body first.</summary>
    /// <exception cref="ProductException">Malformed when it is not 1 to 255 visible ASCII characters.</exception>
    public static IdempotencyKey? ReadIdempotencyKey(this HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Name, out var values))
        {
            return null;
        }

        if (values is not [{ Length: > 0 and <= MaxLength } key] || !key.All(c => c is > ' ' and <= '~'))
        {
            throw new ProductException(ErrorCode.Malformed, $"{Name} must be one value of 1 to {MaxLength} visible ASCII characters");
        }

        var caller = Principal.Of(request.HttpContext);
        var body = request.HttpContext.Features.Get<BodyHash>() ?? new BodyHash(SHA256.HashData([]));
        return new IdempotencyKey(caller.Org, caller.Id, key, Hash(request, body));
    }

    /// <summary>Says whether the answer is the stored one of an earlier request.</summary>
    public static T Mark<T>(this HttpResponse response, Outcome<T> outcome)
    {
        if (outcome.IsReplay)
        {
            response.Headers[Replayed] = "true";
        }

        return outcome.Value;
    }

    internal static void NoteBody(HttpRequest request, ReadOnlySpan<byte> body)
    {
        // The audit wants it as well, but not of what agents and runners say all the time.
        if (request.Headers.ContainsKey(Name) || request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Unaudited>() is null)
        {
            request.HttpContext.Features.Set(new BodyHash(SHA256.HashData(body)));
        }
    }

    /// <summary>Of the body, in lower-case hex; null where none was read.</summary>
    internal static string? DigestOf(HttpRequest request) =>
        request.HttpContext.Features.Get<BodyHash>() is { } body ? Convert.ToHexStringLower(body.Sha256) : null;

    static string Hash(HttpRequest request, BodyHash body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        hash.AppendData(body.Sha256);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    sealed record BodyHash(byte[] Sha256);
}
