using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Server.Documents;

/// <summary>Documents as the wire shows them, with the address that their reader knows the server by.</summary>
sealed class DocumentViews(ServerOptions options)
{
    public DocumentView Of(HttpContext http, Document document) => new(
        document.DocumentId, document.Filename, document.ContentType, document.Content?.SizeBytes ?? 0, document.Content?.Checksum,
        document.CreatedAt, document.UpdatedAt, document.Tags, document.Metadata, UrlOf(http, document.DocumentId), Relations: null, document.Version);

    public string UrlOf(HttpContext http, string documentId) =>
        $"{options.DocumentsUrl ?? $"{http.Request.Scheme}://{http.Request.Host}"}/documents/{documentId}";
}
