using AgentOrchestrator.Protocol;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AgentOrchestrator.Server.Describing;

/// <summary><c>/openapi.json</c>: OpenAPI 3.1, made from the routes and the wire's records at the first request.</summary>
static class OpenApiDocuments
{
    public const string Path = "/openapi.json";
    public const string BearerScheme = "bearer";
    public const string ProblemSchema = "Problem";

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        // The framework's own options serve nothing but this document; every answer is written with its own metadata.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = ProtocolJson.Default.Options.PropertyNamingPolicy;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProtocolJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, CompactJson.Default);
        });
        services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer(DescribeAsync);
            options.AddOperationTransformer(ProblemAnswers.AddAsync);
            options.AddSchemaTransformer(WireSchemas.CorrectAsync);
        });
    }

    static async Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Agent Orchestrator",
            Version = ServerProgram.Version,
            Description = "Sessions of AI agents, their runs, their runners and their logs. Times are UTC; errors are problem details.",
        };
        document.Servers = [];
        document.AddComponent(ProblemSchema, await context.GetOrCreateSchemaAsync(typeof(Problem), cancellationToken: cancel));
        document.AddComponent(BearerScheme, (IOpenApiSecurityScheme)new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A token of the server; its owner's is left in servers.json at the first start.",
        });
    }
}
