using System.Globalization;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Documents;

/// <summary>What a document was before it was written again.</summary>
static class VersionEndpoints
{
    public static void MapVersions(this IEndpointRouteBuilder app)
    {
        var versions = app.MapGroup("/documents/{id}/versions");
        versions.MapGet("", List).Require(Role.Viewer, Role.Agent).WithSummary("Those that are kept, the newest first.");
        versions.MapGet("/{version}", Read).Require(Role.Viewer, Role.Agent).Answers<string>(mediaType: "application/octet-stream")
            .WithSummary("The content that it had then.");
        versions.MapGet("/{version}/difference", Compare).Require(Role.Viewer, Role.Agent)
            .WithSummary("What changed from it to the present content, or to the version that to names, line by line.");
        versions.MapPost("/{version}/restore", Restore).Require(Role.Operator, Role.Agent)
            .WithSummary("Makes its content the present one, as a new version; with If-Match only while the content is the one that the ETag stands for.");
    }

    static async Task<Answer<DocumentVersionList>> List(string id, Principal caller, DocumentHistory history, CancellationToken cancel)
    {
        var versions = await history.ListAsync(caller.Org, id, cancel);
        return Answer.Of(new DocumentVersionList(id, [.. versions.Select(Of)]), ProtocolJson.Default.DocumentVersionList);
    }

    static async Task<IResult> Read(string id, string version, HttpContext http, Principal caller, DocumentHistory history, DocumentLibrary library, CancellationToken cancel)
    {
        var document = await history.GetAsync(caller.Org, id, Number(version), cancel);
        return WholeContent.Of(http, document, await library.OpenAsync(document, cancel));
    }

    static async Task<Answer<DocumentDifference>> Compare(
        string id, string version, HttpRequest request, Principal caller, DocumentHistory history, CancellationToken cancel)
    {
        var (from, to) = (Number(version), request.ReadWord("to") is { } text ? Number(text) : (int?)null);
        var (last, difference) = await history.CompareAsync(caller.Org, id, from, to, cancel);
        return Answer.Of(new DocumentDifference(id, from, last, difference), ProtocolJson.Default.DocumentDifference);
    }

    static async Task<Answer<DocumentView>> Restore(
        string id, string version, HttpContext http, Principal caller, DocumentHistory history, DocumentViews views, CancellationToken cancel)
    {
        var restored = await history.RestoreAsync(caller.Org, id, Number(version), Preconditions.IfMatch(http.Request), caller.Actor, cancel);
        http.Response.Headers.ETag = Preconditions.TagOf(restored);
        return Answer.Of(views.Of(http, restored), ProtocolJson.Default.DocumentView);
    }

    static int Number(string version) => int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ProductException(ErrorCode.Malformed, "a version is named by its number");

    static DocumentVersionView Of(DocumentVersion version) =>
        new(version.Version, version.Content.SizeBytes, version.Content.Checksum, version.WrittenAt, version.WrittenBy);
}
