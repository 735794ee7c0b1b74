using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>The skills of every org. A definition that differs from the newest becomes the next version; versions never change.</summary>
public sealed class SkillCatalog(ISkillStore store, CoordinatorOptions options)
{
    /// <summary>The newest version of each, by name.</summary>
    public async Task<IReadOnlyList<SkillView>> ListAsync(string org, CancellationToken cancel) =>
        [.. (await store.ListAsync(org, cancel).ConfigureAwait(false)).Select(Read)];

    /// <param name="version">The newest when null. Versions of a deleted skill are still there.</param>
    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<SkillView> GetAsync(string org, string name, long? version, CancellationToken cancel)
    {
        var found = !Names.IsValid(name) ? null
            : version is { } number ? await store.FindVersionAsync(org, name, number, cancel).ConfigureAwait(false)
            : await store.FindAsync(org, name, cancel).ConfigureAwait(false);
        return found is not null ? Read(found) : throw NotFound(name, version);
    }

    /// <exception cref="ProductException">Invalid, naming what is wrong; LimitExceeded.</exception>
    public async Task<SkillView> SaveAsync(string org, string name, WriteSkill request, CancellationToken cancel)
    {
        var skill = new SkillView
        {
            Name = Names.Require(name, "name"),
            Description = request.Description ?? "",
            InputSchema = request.InputSchema is { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } ? null : request.InputSchema,
            Steps = request.Steps ?? [],
        };
        SkillRules.Require(skill, options);
        var json = JsonSerializer.Serialize(skill, CompactJson.Default.SkillView);
        if (json.Length > options.MaxSkillLength)
        {
            throw new ProductException(ErrorCode.Invalid, $"The skill would be larger than {options.MaxSkillLength} characters; make two of it.");
        }

        await RequireRoomAsync(org, name, cancel).ConfigureAwait(false);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
        return Read(await store.SaveAsync(org, name, digest, json, cancel).ConfigureAwait(false));
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task DeleteAsync(string org, string name, CancellationToken cancel)
    {
        if (!Names.IsValid(name) || !await store.DeleteAsync(org, name, cancel).ConfigureAwait(false)) { throw NotFound(name, version: null); }
    }

    static SkillView Read(SkillVersion stored) => JsonSerializer.Deserialize(stored.Definition, CompactJson.Default.SkillView)! with
    {
        Name = stored.Name,
        Version = stored.Version,
        CreatedAt = stored.CreatedAt,
    };

    static ProductException NotFound(string name, long? version) => new(
        ErrorCode.NotFound, $"Skill not found: {name[..Math.Min(name.Length, Names.MaxLength)]}{(version is null ? "" : $" in version {version}")}");

    async Task RequireRoomAsync(string org, string name, CancellationToken cancel)
    {
        var skills = await store.ListAsync(org, cancel).ConfigureAwait(false);
        if (skills.Count >= options.MaxSkills && !skills.Any(skill => skill.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProductException(ErrorCode.LimitExceeded, $"There are {options.MaxSkills} skills, which is the most; delete one first.");
        }
    }
}
