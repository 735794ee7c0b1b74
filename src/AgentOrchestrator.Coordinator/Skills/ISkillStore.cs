namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>One version of a skill's definition.</summary>
/// <param name="Digest">SHA-256 of <paramref name="Definition"/>, lower-case hex.</param>
/// <param name="Definition">The <see cref="Protocol.Skills.SkillView"/> as compact JSON.</param>
public sealed record SkillVersion(string Org, string Name, long Version, string Digest, string Definition, DateTimeOffset CreatedAt);

/// <summary>Definitions of skills by version. Each verb is one transaction.</summary>
public interface ISkillStore
{
    /// <summary>Keeps the definition: a new version when the digest differs from the newest one, else the newest.</summary>
    Task<SkillVersion> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel);

    /// <summary>The newest version, unless the skill was deleted.</summary>
    Task<SkillVersion?> FindAsync(string org, string name, CancellationToken cancel);

    Task<SkillVersion?> FindVersionAsync(string org, string name, long version, CancellationToken cancel);

    /// <summary>The newest version of every skill that was not deleted, by name.</summary>
    Task<IReadOnlyList<SkillVersion>> ListAsync(string org, CancellationToken cancel);

    /// <summary>Marks it deleted; its versions stay.</summary>
    Task<bool> DeleteAsync(string org, string name, CancellationToken cancel);
}
