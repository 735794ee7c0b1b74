namespace AgentOrchestrator.Server.Http;

/// <summary>One debug line for each request. The query stays out of it.</summary>
sealed partial class RequestLog(RequestDelegate next, TimeProvider time, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var since = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            LogAnswered(
                context.Request.Method, context.Request.Path, context.Response.StatusCode,
                (long)time.GetElapsedTime(since).TotalMilliseconds, context.TraceIdentifier);
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Method} {Path} {Status} in {Milliseconds} ms, traceId {TraceId}")]
    partial void LogAnswered(string method, string path, int status, long milliseconds, string traceId);
}
