using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;

namespace AgentOrchestrator.Server.Http;

static class Answer
{
    public static Answer<T> Of<T>(T value, JsonTypeInfo<T> shape, int status = StatusCodes.Status200OK) =>
        new(value, shape, status);
}

/// <summary>A JSON answer with its length known, written from source-generated metadata.</summary>
sealed class Answer<T>(T value, JsonTypeInfo<T> shape, int status, string mediaType = "application/json") : IResult, IEndpointMetadataProvider
{
    public T Value => value;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonBytes.Of(value, shape);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, httpContext.RequestAborted);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
}
