namespace AgentOrchestrator.Tools.Catalog;

/// <summary>Finds tools by a part of their name, their description or their agent's name, whatever its case.</summary>
public static class ToolSearch
{
    /// <summary>Those whose own name has it come first; else in the order that they came in.</summary>
    public static IReadOnlyList<ToolMatch> Find(IEnumerable<AgentTool> tools, string query)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(query);
        var high = new List<ToolMatch>();
        var medium = new List<ToolMatch>();
        foreach (var one in tools)
        {
            if (IsByName(query, one.Tool.Id, one.Tool.Action.Name, one.Tool.Action.Description, one.Agent) is { } isByName)
            {
                (isByName ? high : medium).Add(new ToolMatch(one, isByName));
            }
        }

        return [.. high, .. medium];
    }

    /// <summary>Whether its own name has what is looked for; null when nothing of it has.</summary>
    public static bool? IsByName(string query, string id, string name, string description, string agent) =>
        Has(id, query) || Has(name, query) ? true : Has(description, query) || Has(agent, query) ? false : null;

    static bool Has(string text, string query) => text.Contains(query, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A tool, and an agent that has it.</summary>
public sealed record AgentTool(string Agent, string Role, CatalogTool Tool);

/// <param name="IsByName">Whether the tool's own name has what was looked for.</param>
public sealed record ToolMatch(AgentTool Found, bool IsByName);
