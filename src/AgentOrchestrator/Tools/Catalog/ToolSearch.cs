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
            if (Has(one.Tool.Id, query) || Has(one.Tool.Action.Name, query)) { high.Add(new ToolMatch(one, true)); }
            else if (Has(one.Tool.Action.Description, query) || Has(one.Agent, query)) { medium.Add(new ToolMatch(one, false)); }
        }

        return [.. high, .. medium];
    }

    static bool Has(string text, string query) => text.Contains(query, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A tool, and an agent that has it.</summary>
public sealed record AgentTool(string Agent, string Role, CatalogTool Tool);

/// <param name="IsByName">Whether the tool's own name has what was looked for.</param>
public sealed record ToolMatch(AgentTool Found, bool IsByName);
