using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Archives;

static class BackupEndpoints
{
    public static void MapBackup(this IEndpointRouteBuilder app) =>
        app.MapGet("/backup", Backup).Require(Role.Owner)
            .Answers<string>(mediaType: Archives.Backup.MediaType)
            .WithSummary("All data of the server at one instant, as a tar file, while it works on. SQLite only; one at a time.");

    static Task Backup(HttpContext http, Backup backup, CancellationToken cancel) => backup.WriteAsync(http.Response, cancel);
}
