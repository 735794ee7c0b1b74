using Microsoft.AspNetCore.Http.Metadata;

namespace AgentOrchestrator.Server.Http;

/// <summary>What a route takes and answers, for the OpenAPI document.</summary>
static class RouteShapes
{
    /// <param name="orAs">Another media type that it takes the same as.</param>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, bool isOptional = false, string? orAs = null)
        where T : notnull => route.WithMetadata(new AcceptsMetadata(orAs is null ? ["application/json"] : ["application/json", orAs], typeof(T), isOptional));

    /// <summary>For handlers that do not return an <see cref="Answer{T}"/>, or another status than 200.</summary>
    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder route, int status = StatusCodes.Status200OK, string mediaType = "application/json") =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [mediaType]));

    /// <summary>An answer without a body.</summary>
    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder route, int status = StatusCodes.Status204NoContent) =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status));

    /// <summary>Its refusals say <c>ok: false</c> and <c>error</c> as well, which is all that older clients of it read.</summary>
    public static RouteGroupBuilder RefusesWithOk(this RouteGroupBuilder routes) => routes.WithMetadata(new TellsOk());
}

sealed record TellsOk;
