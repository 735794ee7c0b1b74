using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Http;

/// <summary>The HTTP edge's table over <see cref="ErrorCode"/>.</summary>
static class ProblemTable
{
    public static int Status(ErrorCode code) => code switch
    {
        ErrorCode.Malformed => StatusCodes.Status400BadRequest,
        ErrorCode.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorCode.NotPossible => StatusCodes.Status400BadRequest,
        ErrorCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorCode.Forbidden => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound => StatusCodes.Status404NotFound,
        ErrorCode.Conflict => StatusCodes.Status409Conflict,
        ErrorCode.Changed => StatusCodes.Status412PreconditionFailed,
        ErrorCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ErrorCode.LimitExceeded => StatusCodes.Status429TooManyRequests,
        ErrorCode.Internal => StatusCodes.Status500InternalServerError,
        ErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.Timeout => StatusCodes.Status504GatewayTimeout,
        ErrorCode.StorageFull => StatusCodes.Status507InsufficientStorage,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };

    /// <summary>What an answer without a body, made by the framework, means.</summary>
    public static (string Code, string Detail) Explain(int status) => status switch
    {
        StatusCodes.Status404NotFound => ("not_found", "Not Found"),
        StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "Method Not Allowed"),
        StatusCodes.Status408RequestTimeout => ("timeout", "the request was sent too slowly"),
        StatusCodes.Status413PayloadTooLarge => ("too_large", "the body is over its limit"),
        StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", RequestBody.NotJson),
        >= 500 => ("internal", Problems.OurFault),
        _ => ("malformed", "a value in the path, the query or the headers cannot be read"),
    };
}
