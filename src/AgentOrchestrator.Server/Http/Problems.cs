using System.Diagnostics;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace AgentOrchestrator.Server.Http;

/// <summary>Turns every failure into <c>application/problem+json</c>: thrown errors, and bare statuses of the framework.</summary>
sealed partial class Problems(RequestDelegate next, ILogger<Problems> log)
{
    public const string OurFault = "the server failed on this request; its log says why, under this traceId";
    const string RetrySeconds = "1";
    const int MaxInstanceLength = 200;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null } response)
            {
                var (code, detail) = ProblemTable.Explain(response.StatusCode);
                await WriteAsync(context, response.StatusCode, code, detail);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller left; nobody reads an answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, error);
        }
        catch (Exception error)
        {
            LogCutShort(error, context.Request.Method, context.Request.Path, context.TraceIdentifier);
            context.Abort();
        }
    }

    Task WriteAsync(HttpContext context, Exception error)
    {
        switch (error)
        {
            case ProductException known:
                if (known.Code is ErrorCode.Internal)
                {
                    LogFailed(error, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                }

                if (known.RetryAfter is { } wait)
                {
                    context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                }

                return WriteAsync(
                    context, ProblemTable.Status(known.Code), known.Reason ?? WireEnum<ErrorCode>.Text(known.Code), known.Message);
            case BadHttpRequestException bad:
                var (code, detail) = ProblemTable.Explain(bad.StatusCode);
                return WriteAsync(context, bad.StatusCode, code, detail);
            default:
                LogFailed(error, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return WriteAsync(context, StatusCodes.Status500InternalServerError, "internal", OurFault);
        }
    }

    /// <summary>The same shape for edges other than HTTP, such as a frame of a socket.</summary>
    public static Problem Of(ProductException error)
    {
        var status = ProblemTable.Status(error.Code);
        return new Problem
        {
            Type = "about:blank",
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = Redactor.OfShapes.Redact(error.Message),
            Code = error.Reason ?? WireEnum<ErrorCode>.Text(error.Code),
        };
    }

    public static async Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var path = new PathString(Redactor.OfShapes.Redact(context.Request.Path.Value ?? "/")).ToUriComponent();
        var told = Redactor.OfShapes.Redact(detail);
        var isOlder = context.GetEndpoint()?.Metadata.GetMetadata<TellsOk>() is not null;
        var problem = new Problem
        {
            Type = "about:blank",
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = told,
            Code = code,
            Ok = isOlder ? false : null,
            Error = isOlder ? told : null,
            Instance = path.Length <= MaxInstanceLength ? path : path[..MaxInstanceLength],
            TraceId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier,
        };
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (status is StatusCodes.Status503ServiceUnavailable && headers.RetryAfter.Count is 0)
        {
            headers.RetryAfter = RetrySeconds;
        }

        await new Answer<Problem>(problem, CompactJson.Default.Problem, status, "application/problem+json").ExecuteAsync(context);
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, traceId {TraceId}")]
    partial void LogFailed(Exception error, string method, string path, string traceId);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed in the middle of its answer, traceId {TraceId}; the connection is cut")]
    partial void LogCutShort(Exception error, string method, string path, string traceId);
}
