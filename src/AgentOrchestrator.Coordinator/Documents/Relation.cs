using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What one document is to another, as one of the two sees it.</summary>
/// <param name="Type">What the other one is.</param>
public sealed record Relation(
    long RelationId, string DocumentId, string RelatedDocumentId, string Type, string? Note, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>A relation that is about to be kept, with a row for each of the two.</summary>
public sealed record NewRelation(string Org, RelationDefinition Definition, string FromId, string ToId, string? FromNote, string? ToNote);

/// <param name="ToIs">What the second is to the first: the type in the first one's row.</param>
/// <param name="IsOrdered">It has a direction, so that no chain of it may come back to where it began.</param>
public sealed record RelationDefinition(string Name, string Description, string FromIs, string ToIs, bool IsOrdered)
{
    public const string Child = "child";

    public static IReadOnlyList<RelationDefinition> All { get; } =
    [
        new("parent-child", "A document and what belongs to it: who deletes the parent deletes its children", "parent", Child, true),
        new("related", "Two documents that have to do with each other", "related", "related", false),
        new("predecessor-successor", "A document and the one that follows it", "predecessor", "successor", true),
    ];

    /// <summary>The type of the other row of a pair.</summary>
    public static string OppositeOf(string type) =>
        All.Select(definition => definition.ToIs == type ? definition.FromIs : definition.FromIs == type ? definition.ToIs : null).First(found => found is not null)!;

    /// <exception cref="ProductException">NotPossible, naming those that there are.</exception>
    public static RelationDefinition Require(string? name) => All.FirstOrDefault(definition => definition.Name == name) ?? throw new ProductException(
        ErrorCode.NotPossible, $"definition must be one of: {string.Join(", ", All.Select(definition => definition.Name))}");
}
