using System.Globalization;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Documents;

/// <summary>Documents by what stands in them.</summary>
static class SearchEndpoints
{
    const int DefaultLimit = 10;
    const int MaxLimit = 100;

    public static void MapSearch(this IEndpointRouteBuilder app) =>
        app.MapGet("/search", Search).Require(Role.Viewer, Role.Agent)
            .WithSummary("Documents that have words of q, the best first, with the passages that have them, and how much is not indexed.");

    static async Task<Answer<DocumentsFound>> Search(
        HttpContext http, Principal caller, DocumentSearch search, DocumentRelations relations, DocumentViews views, CancellationToken cancel)
    {
        var query = http.Request.ReadWord("q");
        var includes = http.Request.ReadFlag("include_relations");
        var found = await search.FindAsync(caller.Org, query, ReadLimit(http.Request), cancel);
        var related = includes ? await relations.ListAsync(caller.Org, [.. found.Documents.Select(document => document.DocumentId)], cancel) : null;
        return Answer.Of(
            new DocumentsFound(
                query!, [.. found.Documents.Select(document => Of(http, views, document, related?[document.DocumentId]))],
                new DocumentIndexState(found.State.Pending, found.State.Failed, found.State.Passages), "words"),
            ProtocolJson.Default.DocumentsFound);
    }

    static DocumentFound Of(HttpContext http, DocumentViews views, FoundDocument document, IEnumerable<Relation>? relations) => new(
        document.DocumentId, document.Filename, views.UrlOf(http, document.DocumentId),
        [.. document.Sections.Select(section => new SectionFound(section.Score, section.Passage.Offset, section.Passage.Length, section.Passage.Text))],
        DocumentViews.ByType(relations));

    static int ReadLimit(HttpRequest request) =>
        request.ReadWord("limit") is not { } text
            ? DefaultLimit
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
                ? limit
                : throw new ProductException(ErrorCode.Malformed, $"limit must be a number from 1 to {MaxLimit}");
}
