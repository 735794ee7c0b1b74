namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What documents are to each other. Each verb is one transaction; a document that goes takes its relations along.</summary>
public interface IRelationStore
{
    /// <returns>The row of the first document, and the one of the second.</returns>
    /// <exception cref="Protocol.ProductException">NotFound for a document that is not there; Conflict when they are so related, or would make a circle.</exception>
    Task<(Relation From, Relation To)> RelateAsync(NewRelation relation, CancellationToken cancel);

    /// <returns>Null when there is none of this id.</returns>
    Task<Relation?> NoteAsync(string org, long relationId, string? note, CancellationToken cancel);

    /// <returns>The ids of both rows; nothing when there is none of this id.</returns>
    Task<IReadOnlyList<long>> UnrelateAsync(string org, long relationId, CancellationToken cancel);

    /// <summary>As these documents see them, by id.</summary>
    Task<IReadOnlyList<Relation>> ListAsync(string org, IReadOnlyList<string> documentIds, CancellationToken cancel);
}
