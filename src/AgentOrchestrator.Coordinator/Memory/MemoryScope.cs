using System.Security.Cryptography;
using System.Text;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Whose a memory is: of the whole org, or of just the agent, user and session that are named together.</summary>
public sealed record MemoryScope(string? AgentId = null, string? UserId = null, string? SessionId = null)
{
    /// <summary>Of everybody in the org.</summary>
    public static MemoryScope Org { get; } = new();

    /// <summary>What a search in this scope sees: what is stored for no more than those that it names.</summary>
    public IReadOnlyList<MemoryScope> Seen =>
    [
        .. from agent in Narrowed(AgentId)
           from user in Narrowed(UserId)
           from session in Narrowed(SessionId)
           select new MemoryScope(agent, user, session),
    ];

    /// <summary>One word that stands for the scope, the same on every node. Agents' names differ by more than case.</summary>
    public string KeyIn(string org)
    {
        string?[] members = [org, AgentId?.ToLowerInvariant(), UserId, SessionId];
        var text = string.Concat(members.Select(member => member is null ? "-;" : $"{member.Length}:{member};"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    static IEnumerable<string?> Narrowed(string? name) => name is null ? [null] : [null, name];
}
