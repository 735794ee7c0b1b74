namespace AgentOrchestrator.Protocol;

/// <summary>The closed list of what can go wrong. Every edge (HTTP, CLI, feeds) has one table over it.</summary>
public enum ErrorCode
{
    /// <summary>The request cannot be read: malformed JSON, bad query value. HTTP 400.</summary>
    Malformed,

    /// <summary>The request was read but a value is wrong. HTTP 422.</summary>
    Invalid,

    /// <summary>The request makes no sense in the present state, in the seeds' sense. HTTP 400.</summary>
    NotPossible,

    /// <summary>No or unknown credentials. HTTP 401.</summary>
    Unauthenticated,

    /// <summary>Known, but not allowed. HTTP 403.</summary>
    Forbidden,

    /// <summary>Nothing of that name, or nothing that the caller may see. HTTP 404.</summary>
    NotFound,

    /// <summary>The state of the thing forbids it, or the name is taken. HTTP 409.</summary>
    Conflict,

    /// <summary>It is no longer what the request says it should be: somebody wrote it meanwhile. HTTP 412.</summary>
    Changed,

    /// <summary>Body over its limit. HTTP 413.</summary>
    TooLarge,

    /// <summary>Not a JSON body where one is needed. HTTP 415.</summary>
    UnsupportedMediaType,

    /// <summary>A declared bound was passed. HTTP 429.</summary>
    LimitExceeded,

    /// <summary>The server or its database cannot serve just now; try again. HTTP 503.</summary>
    Unavailable,

    /// <summary>The server could not be reached in time. HTTP 504.</summary>
    Timeout,

    /// <summary>No space left to keep a promise of durability. HTTP 507.</summary>
    StorageFull,

    /// <summary>A fault of ours; details are in the server's log. HTTP 500.</summary>
    Internal,
}
