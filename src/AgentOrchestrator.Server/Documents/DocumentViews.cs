using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Server.Documents;

/// <summary>Documents as the wire shows them, with the address that their reader knows the server by.</summary>
sealed class DocumentViews(ServerOptions options)
{
    public DocumentView Of(HttpContext http, Document document, IEnumerable<Relation>? relations = null) => new(
        document.DocumentId, document.Filename, document.ContentType, document.Content?.SizeBytes ?? 0, document.Content?.Checksum,
        document.CreatedAt, document.UpdatedAt, document.Tags, document.Metadata, UrlOf(http, document.DocumentId), ByType(relations), document.Version);

    public static RelationView Of(Relation relation) => new(
        relation.RelationId.ToString(CultureInfo.InvariantCulture), relation.DocumentId, relation.RelatedDocumentId, relation.Type, relation.Note, relation.CreatedAt,
        relation.UpdatedAt);

    [return: NotNullIfNotNull(nameof(relations))]
    public static IReadOnlyDictionary<string, IReadOnlyList<RelationView>>? ByType(IEnumerable<Relation>? relations) => relations?
        .GroupBy(relation => relation.Type).ToDictionary(group => group.Key, group => (IReadOnlyList<RelationView>)[.. group.Select(Of)]);

    public string UrlOf(HttpContext http, string documentId) =>
        $"{options.DocumentsUrl ?? $"{http.Request.Scheme}://{http.Request.Host}"}/documents/{documentId}";
}
