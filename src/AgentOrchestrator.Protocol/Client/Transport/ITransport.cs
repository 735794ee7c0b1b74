namespace AgentOrchestrator.Protocol.Client.Transport;

/// <summary>How requests reach a server.</summary>
public interface ITransport : IDisposable
{
    /// <summary>Sends, and reads the whole answer, whatever its status.</summary>
    /// <exception cref="ProductException">Unavailable or Timeout when the server could not be reached.</exception>
    Task<Reply> SendAsync(Request request, CancellationToken cancel);

    /// <summary>Opens an answer that goes on for as long as the server likes.</summary>
    /// <exception cref="ProductException">As <see cref="SendAsync"/>; or the server's own refusal.</exception>
    Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel);

    /// <summary>Sends a body of any length, and reads the whole answer.</summary>
    /// <exception cref="ProductException">As <see cref="SendAsync"/>.</exception>
    Task<Reply> UploadAsync(Request request, Stream body, string mediaType, CancellationToken cancel);
}

/// <param name="Path">With its query, from the root of the server.</param>
/// <param name="Json">The body; none when null.</param>
public sealed record Request(string Method, string Path, byte[]? Json = null)
{
    /// <summary>Makes a repetition of the request harmless.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The W3C trace context that the request belongs to.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The last sequence that a reader of a feed has.</summary>
    public long? LastEventId { get; init; }

    /// <summary>The tag that what is written must still have.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Where the headers of the answer go when a stream is opened; nowhere when null.</summary>
    public Dictionary<string, string>? AnswerHeaders { get; init; }

    /// <summary>How long a stream may take to begin; a minute when null.</summary>
    public TimeSpan? Patience { get; init; }
}

public sealed record Reply(int Status, byte[] Body)
{
    /// <summary>When to come back, as the server says; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;
}
