using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What the stores refuse: the same words on every database.</summary>
public static class DocumentErrors
{
    const int MaxNamedLength = 64;

    public static ProductException NotFound(string documentId) => new(
        ErrorCode.NotFound, documentId.Length <= MaxNamedLength ? $"Document not found: {documentId}" : "Document not found");

    public static ProductException Changed(string checksum) => new(
        ErrorCode.Changed, $"the document has been written meanwhile, its ETag is \"{checksum}\"; read it again, then write", "document_changed");

    public static ProductException QuotaFull(long quota) => new(
        ErrorCode.StorageFull,
        $"the documents would take more than {quota} bytes, old versions included; delete some, or raise DOCUMENT_QUOTA_MB", "document_quota");

    public static ProductException TooLarge(long most) =>
        new(ErrorCode.TooLarge, $"a document may have {most} bytes at most; raise DOCUMENT_MAX_MB for more");

    public static ProductException AlreadyRelated() => new(ErrorCode.Conflict, "the documents are related in this way already");

    public static ProductException Cycle(RelationDefinition definition) => new(
        ErrorCode.Conflict, $"the documents would be {definition.FromIs} and {definition.ToIs} of each other, by way of others", "cycle");

    public static ProductException Missing(string contentId, Exception? inner = null) => new(
        ErrorCode.Unavailable, $"The content of the document is missing ({contentId}); restore it from a backup", inner: inner);
}
