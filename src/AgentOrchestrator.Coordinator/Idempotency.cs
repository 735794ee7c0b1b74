namespace AgentOrchestrator.Coordinator;

/// <summary>A key that a client chose so that repeating the request has one effect.</summary>
/// <param name="Principal">Whose key it is; two principals may use the same text.</param>
/// <param name="RequestHash">SHA-256 of method, path and body: the same key with another request is refused.</param>
/// <remarks>Stores keep it with the effect's outcome in the effect's own transaction, for at least 24 hours.</remarks>
public sealed record IdempotencyKey(string Org, string Principal, string Key, string RequestHash);

/// <summary>The outcome of a verb that takes a key.</summary>
/// <param name="IsReplay">True when the effect had already happened and this is its stored outcome.</param>
public readonly record struct Outcome<T>(T Value, bool IsReplay);
