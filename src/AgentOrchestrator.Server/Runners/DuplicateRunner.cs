using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Server.Runners;

/// <summary>409: a runner of that identity is alive.</summary>
/// <remarks>Runners of the seeds read <c>detail</c> as an object here, and nowhere else; those that declare capabilities get text as everywhere.</remarks>
sealed class DuplicateRunner(Coordinator.Runners.Runner holder, RegisterRunner request) : IResult
{
    const string Code = "duplicate_runner";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var message = $"Runner {holder.RunnerId} is already registered for this host, folder and executor, and is alive. "
            + "Stop it, wait until it has been silent for 15 seconds or, where it has runs, until their leases are over, or give this one a runner_name";
        if (request.Capabilities is { Count: > 0 })
        {
            throw new ProductException(ErrorCode.Conflict, message, Code);
        }

        var detail = new DuplicateDetail(
            Code, message, holder.RunnerId, holder.Hostname, holder.ProjectDir, holder.ExecutorType);
        var problem = new DuplicateProblem("about:blank", "Conflict", StatusCodes.Status409Conflict, detail, Code);
        httpContext.Response.StatusCode = StatusCodes.Status409Conflict;
        httpContext.Response.ContentType = "application/problem+json";
        return JsonSerializer.SerializeAsync(
            httpContext.Response.Body, problem, DuplicateJson.Default.DuplicateProblem, httpContext.RequestAborted);
    }
}

sealed record DuplicateProblem(string Type, string Title, int Status, DuplicateDetail Detail, string Code);

sealed record DuplicateDetail(
    string Error, string Message, string RunnerId, string? Hostname, string? ProjectDir, string? ExecutorType);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DuplicateProblem))]
sealed partial class DuplicateJson : JsonSerializerContext;
