using System.Collections.Frozen;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Which names an agent may have.</summary>
public static class AgentNames
{
    // Literal segments under /agents, and the names that are devices on Windows.
    static readonly FrozenSet<string> s_reserved = FrozenSet.ToFrozenSet(
        [
            "start", "stop", "create", "delete", "runbooks", "capabilities", "available", "assign-action-server", "remove-action-server",
            "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
            "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ProductException">NotPossible for a name that no agent may have.</exception>
    public static string RequireNew(string? name)
    {
        if (!Names.IsValid(name))
        {
            throw new ProductException(
                ErrorCode.NotPossible,
                $"name must be 1 to {Names.MaxLength} letters, digits, '_' or '-', starting with a letter or digit");
        }

        return s_reserved.Contains(name!)
            ? throw new ProductException(ErrorCode.NotPossible, $"The name '{name}' is reserved; choose another one.")
            : name!;
    }

    public static bool IsUsable(string? name) => Names.IsValid(name) && !s_reserved.Contains(name!);

    public static ProductException NotFound(string name) =>
        new(ErrorCode.NotFound, $"Agent not found: {name[..Math.Min(name.Length, Names.MaxLength)]}");
}
