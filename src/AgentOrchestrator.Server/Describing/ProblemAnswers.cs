using System.Globalization;
using AgentOrchestrator.Server.Access;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AgentOrchestrator.Server.Describing;

/// <summary>Adds to each operation who may call it and how it can be refused.</summary>
static class ProblemAnswers
{
    public static Task AddAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policy = metadata.OfType<Policy>().LastOrDefault();
        if (policy is { IsOpen: false })
        {
            operation.Security = [new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(OpenApiDocuments.BearerScheme, context.Document)] = [],
            }];
        }

        var noun = (context.Description.RelativePath ?? "").Split('/')[0];
        operation.Tags = new HashSet<OpenApiTagReference> { new(noun, context.Document) };
        operation.Responses ??= [];
        foreach (var (status, description) in Refusals(policy, metadata, operation))
        {
            operation.Responses.TryAdd(status.ToString(CultureInfo.InvariantCulture), Problem(description, context.Document));
        }

        return Task.CompletedTask;
    }

    static IEnumerable<(int Status, string Description)> Refusals(Policy? policy, IList<object> metadata, OpenApiOperation operation)
    {
        yield return (StatusCodes.Status400BadRequest, "The request cannot be read, or makes no sense now.");
        yield return (StatusCodes.Status403Forbidden, "Not from that host name or origin, or not with that role.");
        if (policy is { IsOpen: false })
        {
            yield return (StatusCodes.Status401Unauthorized, "No token, or one that opens nothing.");
            yield return (StatusCodes.Status429TooManyRequests, "Too many wrong tokens, or a bound was passed.");
        }

        if (operation.Parameters?.Any(parameter => parameter.In is ParameterLocation.Path) is true)
        {
            yield return (StatusCodes.Status404NotFound, "Nothing of that name.");
        }

        if (metadata.OfType<IAcceptsMetadata>().Any())
        {
            yield return (StatusCodes.Status409Conflict, "The state forbids it, or the name is taken.");
            yield return (StatusCodes.Status413PayloadTooLarge, "The body is over its limit.");
            yield return (StatusCodes.Status415UnsupportedMediaType, "The body is not JSON.");
            yield return (StatusCodes.Status422UnprocessableEntity, "A value is wrong.");
        }

        yield return (StatusCodes.Status503ServiceUnavailable, "The database does not answer just now; try again.");
    }

    static OpenApiResponse Problem(string description, OpenApiDocument? document) => new()
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(OpenApiDocuments.ProblemSchema, document) },
        },
    };
}
