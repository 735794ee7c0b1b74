using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Sessions;
using Microsoft.AspNetCore.Http.Features;

namespace AgentOrchestrator.Server.Archives;

/// <summary>What leaves as a file and comes back.</summary>
static class ArchiveEndpoints
{
    public static void MapArchives(this IEndpointRouteBuilder app)
    {
        app.MapGet("/sessions/{id}/export", Export).Require(Role.Viewer, Role.Agent)
            .Answers<string>(mediaType: SessionExport.MediaType)
            .WithSummary("The session with its runs and its log as a file, a JSON object on each line.");
        app.MapPost("/sessions/import", Import).Require(Role.Operator)
            .WithSummary("Adds a session from such a file, sent as application/x-ndjson; with session_name as a copy of that name.");
    }

    static async Task Export(string id, HttpContext http, Principal caller, SessionExport export, SessionAccess access, CancellationToken cancel) =>
        await export.WriteAsync(http.Response, await access.RequireAsync(caller, id, cancel), cancel);

    static async Task<Answer<SessionImported>> Import(
        HttpContext http, Principal caller, SessionImport import, ServerOptions options, CancellationToken cancel)
    {
        var name = http.Request.ReadWord("session_name");
        await using var file = await TakeAsync(http, options, cancel);
        var imported = await import.RunAsync(caller.Org, file, name, caller.Actor, cancel);
        return Answer.Of(
            new SessionImported(true, imported.Session.ToView(), imported.Events, imported.Runs), ProtocolJson.Default.SessionImported);
    }

    /// <summary>Puts the body into a file of the data folder, which goes with its stream.</summary>
    static async Task<FileStream> TakeAsync(HttpContext http, ServerOptions options, CancellationToken cancel)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim() is not SessionExport.MediaType)
        {
            throw new ProductException(ErrorCode.UnsupportedMediaType, $"send the exported session with Content-Type: {SessionExport.MediaType}");
        }

        http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        var file = TemporaryFiles.Create(options);
        try
        {
            await CopyAsync(http.Request, file, options.Coordinator, cancel);
            return file;
        }
        catch (IOException full) when (full is not BadHttpRequestException)
        {
            await file.DisposeAsync();
            throw new ProductException(ErrorCode.StorageFull, "The data folder has no space for the file; free some and try again", inner: full);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    static async Task CopyAsync(HttpRequest request, FileStream file, CoordinatorOptions options, CancellationToken cancel)
    {
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(cancel);
            foreach (var piece in result.Buffer)
            {
                await file.WriteAsync(piece, cancel);
            }

            request.BodyReader.AdvanceTo(result.Buffer.End);
            if (file.Length > options.MaxImportBytes)
            {
                throw new ProductException(ErrorCode.TooLarge, $"the file is over the bound of an import, {options.MaxImportBytes} bytes");
            }

            if (result.IsCompleted)
            {
                return;
            }
        }
    }
}
