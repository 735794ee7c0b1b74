using Microsoft.AspNetCore.Routing;

namespace AgentOrchestrator.ServerTests.Http;

public sealed class ApiPageTests
{
    [Fact]
    public async Task The_page_about_the_api_names_every_route()
    {
        await using var server = await TestServer.StartAsync();
        var page = await File.ReadAllTextAsync(PathOfPage(), TestContext.Current.CancellationToken);

        var paths = server.Host.Routes.OfType<RouteEndpoint>()
            .Select(route => "/" + route.RoutePattern.RawText!.Trim('/'))
            .Where(path => path is not "/" && !IsOlderName(path));
        var forgotten = paths.Where(path => !IsNamed(page, path)).Distinct().ToList();

        Assert.Empty(forgotten);
    }

    /// <summary>Whole, or by its last segment behind a sibling's path.</summary>
    static bool IsNamed(string page, string path) =>
        page.Contains(path, StringComparison.Ordinal)
        || (page.Contains(path[..path.LastIndexOf('/')], StringComparison.Ordinal)
            && page.Contains($"`{path[(path.LastIndexOf('/') + 1)..]}`", StringComparison.Ordinal));

    static bool IsOlderName(string path) =>
        path.StartsWith("/jobs", StringComparison.Ordinal) || path.StartsWith("/launcher", StringComparison.Ordinal);

    static string PathOfPage()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AgentOrchestrator.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside of the repository");
        }

        return Path.Combine(folder, "docs", "api.md");
    }
}
