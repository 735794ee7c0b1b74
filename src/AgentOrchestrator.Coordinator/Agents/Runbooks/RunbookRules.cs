using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents.Runbooks;

/// <summary>What a runbook that comes over HTTP must satisfy, and its one form.</summary>
static class RunbookRules
{
    const int MaxText = 10_000;
    const int MaxName = 200;
    const int MaxItems = 256;

    /// <exception cref="ProductException">Invalid, naming the first member that is wrong.</exception>
    public static Runbook Normal(Runbook book, string name) => book with
    {
        AgentName = name,
        JobTitle = Text(book.JobTitle, "job_title") ?? $"{RunbookText.TitleOf(name)} Agent",
        Role = Text(book.Role, "role") ?? RunbookText.RoleOf(name),
        Capabilities = [.. Items(book.Capabilities, "capabilities").Select((one, at) => Normal(one, $"capabilities[{at}]"))],
        CollaborationPatterns = [.. Items(book.CollaborationPatterns, "collaboration_patterns").Select(item => Word(item, "collaboration_patterns"))],
        Dependencies = [.. Items(book.Dependencies, "dependencies").Select(item => Word(item, "dependencies"))],
        Version = Runbook.CurrentVersion,
    };

    static RunbookCapability Normal(RunbookCapability? one, string member)
    {
        var name = Word(one?.Name, $"{member}.name");
        return new RunbookCapability
        {
            Name = name,
            Description = Text(one!.Description, $"{member}.description") ?? "",
            Parameters = (one.Parameters ?? new Dictionary<string, string>()).ToDictionary(
                pair => Key(pair.Key, $"{member}.parameters"), pair => Line(pair.Value, $"{member}.parameters")),
            ExampleUsage = Text(one.ExampleUsage, $"{member}.example_usage"),
            Tags = one.Tags is { Count: > 0 } tags ? [.. Items(tags, $"{member}.tags").Select(tag => Key(tag, $"{member}.tags"))] : [RunbookText.TagOf(name)],
        };
    }

    static IReadOnlyList<T> Items<T>(IReadOnlyList<T>? items, string member) =>
        items is null or { Count: <= MaxItems } ? items ?? [] : throw AgentRules.Wrong($"{member} must be at most {MaxItems}");

    /// <summary>A line that a bullet or heading can be.</summary>
    static string Word(string? text, string member)
    {
        var line = Line(text, member).TrimStart('-', '*', '+', '#', '\\', '`', '~', ' ').Replace("**", "", StringComparison.Ordinal).TrimEnd('#', ':', ' ');
        return line.Length > 0 ? line : throw AgentRules.Wrong($"{member} must be a text");
    }

    static string Key(string? text, string member)
    {
        var word = Word(text, member);
        return word.Contains(',', StringComparison.Ordinal) || word.Contains(':', StringComparison.Ordinal)
            ? throw AgentRules.Wrong($"{member} must have no comma and no colon in a name")
            : word;
    }

    static string Line(string? text, string member)
    {
        var line = string.Join(' ', (Text(text, member) ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MaxName ? line : throw AgentRules.Wrong($"{member} must be texts of at most {MaxName} characters");
    }

    static string? Text(string? text, string member)
    {
        if (text is null) { return null; }
        if (text.Length > MaxText || text.Contains('\0', StringComparison.Ordinal)) { throw AgentRules.Wrong($"{member} must be at most {MaxText} characters, without NUL"); }

        var lines = text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null : string.Join('\n', lines);
    }
}
