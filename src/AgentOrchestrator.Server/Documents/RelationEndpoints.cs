using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Documents;

/// <summary>What documents are to each other.</summary>
static class RelationEndpoints
{
    public static void MapRelations(this IEndpointRouteBuilder app)
    {
        app.MapGet("/documents/{id}/relations", List).Require(Role.Viewer, Role.Agent).WithSummary("What others are to it, by type.");
        var relations = app.MapGroup("/relations");
        relations.MapGet("/definitions", Define).Require(Role.Viewer, Role.Agent).WithSummary("What documents can be to each other.");
        relations.MapPost("", Relate).Require(Role.Operator, Role.Agent).Takes<RelateDocuments>().Answers<RelationCreated>(StatusCodes.Status201Created)
            .WithSummary("Relates two documents, with a row for each of them.");
        relations.MapPatch("/{id}", Note).Require(Role.Operator, Role.Agent).Takes<NoteRelation>().WithSummary("Replaces the note of one of the two rows.");
        relations.MapDelete("/{id}", Unrelate).Require(Role.Operator, Role.Agent).WithSummary("Removes both rows.");
    }

    static async Task<Answer<RelationsOfDocument>> List(
        string id, Principal caller, DocumentLibrary library, DocumentRelations relations, CancellationToken cancel)
    {
        var document = await library.GetAsync(caller.Org, id, cancel);
        var found = await relations.ListAsync(caller.Org, [document.DocumentId], cancel);
        return Answer.Of(new RelationsOfDocument(document.DocumentId, DocumentViews.ByType(found[document.DocumentId])), ProtocolJson.Default.RelationsOfDocument);
    }

    static Answer<IReadOnlyList<RelationDefinitionView>> Define() => Answer.Of<IReadOnlyList<RelationDefinitionView>>(
        [.. RelationDefinition.All.Select(one => new RelationDefinitionView(one.Name, one.Description, one.FromIs, one.ToIs))],
        ProtocolJson.Default.IReadOnlyListRelationDefinitionView);

    static async Task<Answer<RelationCreated>> Relate(HttpContext http, Principal caller, DocumentRelations relations, CancellationToken cancel)
    {
        var asked = await http.Request.ReadAsync(ProtocolJson.Default.RelateDocuments, cancel);
        var (from, to) = await relations.RelateAsync(caller.Org, asked, cancel);
        http.Concerns($"{from.DocumentId} {to.DocumentId}");
        return Answer.Of(
            new RelationCreated(true, "Relation created", DocumentViews.Of(from), DocumentViews.Of(to)), ProtocolJson.Default.RelationCreated, StatusCodes.Status201Created);
    }

    static async Task<Answer<RelationView>> Note(string id, HttpRequest request, Principal caller, DocumentRelations relations, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.NoteRelation, cancel);
        return Answer.Of(DocumentViews.Of(await relations.NoteAsync(caller.Org, id, asked.Note, cancel)), ProtocolJson.Default.RelationView);
    }

    static async Task<Answer<RelationsRemoved>> Unrelate(string id, Principal caller, DocumentRelations relations, CancellationToken cancel)
    {
        var gone = await relations.UnrelateAsync(caller.Org, id, cancel);
        return Answer.Of(
            new RelationsRemoved(true, "Relation removed", [.. gone.Select(relation => relation.ToString(System.Globalization.CultureInfo.InvariantCulture))]),
            ProtocolJson.Default.RelationsRemoved);
    }
}
