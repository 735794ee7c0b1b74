using AgentOrchestrator.ServerTests.Access;
using Microsoft.AspNetCore.Routing;

namespace AgentOrchestrator.ServerTests.Http;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_has_every_route_with_its_refusals_and_every_body_with_its_schema()
    {
        await using var server = await GuardedServer.StartAsync();

        var document = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/openapi.json"));

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Contains("start_session", schemas.GetProperty("RunType").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("date-time", schemas.GetProperty("SessionView").GetProperty("properties").GetProperty("created_at").GetRawText(), StringComparison.Ordinal);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(o => o.Name is not "parameters"))
            {
                var answers = operation.Value.GetProperty("responses").EnumerateObject().Select(a => a.Name).ToList();
                Assert.Contains("400", answers);
                Assert.True(
                    operation.Value.TryGetProperty("security", out _) == answers.Contains("401"), $"{operation.Name} {path.Name}: {string.Join(", ", answers)}");
            }
        }

        var described = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToHashSet(StringComparer.Ordinal);
        var routes = server.Host.Routes.OfType<RouteEndpoint>().Select(route => "/" + route.RoutePattern.RawText!.Trim('/'));
        Assert.Empty(routes.Except(described).Except(["/", "/openapi.json"]));
    }
}
