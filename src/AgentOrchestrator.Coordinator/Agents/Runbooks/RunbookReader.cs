using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents.Runbooks;

/// <summary>Reads a runbook's Markdown. Whatever it is given, it makes a runbook of it: what is missing gets a default.</summary>
static partial class RunbookReader
{
    public static Runbook Read(string name, string markdown)
    {
        var sections = Split(markdown, "## ");
        return new Runbook
        {
            AgentName = name,
            JobTitle = Text(sections, "Job Title") ?? $"{RunbookText.TitleOf(name)} Agent",
            Role = Text(sections, "Role") ?? RunbookText.RoleOf(name),
            Capabilities = Capabilities(Find(sections, "Core Capabilities") ?? Find(sections, "Capabilities") ?? ""),
            CollaborationPatterns = Bullets(Find(sections, "Collaboration Patterns") ?? ""),
            Dependencies = Bullets(Find(sections, "Dependencies") ?? ""),
            Version = Runbook.CurrentVersion,
            Others = [.. sections.Where(one => !RunbookText.Known.Contains(one.Title))],
        };
    }

    static List<RunbookCapability> Capabilities(string text)
    {
        var blocks = Split(text, "### ");
        return blocks.Count > 0 ? [.. blocks.Select(Block)] : [.. Items(text).Select(Bullet)];
    }

    static RunbookCapability Bullet((string Head, List<string> Below) item)
    {
        var name = Plain(item.Head);
        return new RunbookCapability
        {
            Name = name,
            Description = Joined(item.Below.Select(line => Bare(line) ?? line.Trim())),
            Parameters = new Dictionary<string, string>(),
            Tags = [RunbookText.TagOf(name)],
        };
    }

    static RunbookCapability Block(RunbookSection block)
    {
        var members = new Dictionary<string, (string Head, List<string> Below)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (head, below) in Items(block.Text))
        {
            var label = Label().Match(head);
            if (label.Success) { members.TryAdd(label.Groups["name"].Value, (label.Groups["rest"].Value.Trim(), below)); }
        }

        return new RunbookCapability
        {
            Name = Plain(block.Title),
            Description = members.TryGetValue("Description", out var said) ? Joined([said.Head, .. said.Below.Select(line => line.Trim())]) : "",
            Parameters = members.TryGetValue("Parameters", out var taken) ? Parameters(taken.Below) : new Dictionary<string, string>(),
            ExampleUsage = members.TryGetValue("Example Usage", out var example) ? Joined([example.Head, .. example.Below.Select(line => line.Trim())]) : null,
            Tags = members.TryGetValue("Tags", out var tags)
                ? tags.Head.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                : [RunbookText.TagOf(Plain(block.Title))],
        };
    }

    static Dictionary<string, string> Parameters(List<string> lines)
    {
        var parameters = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var text = Bare(line) ?? line.Trim();
            if (text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) { parameters.TryAdd(Plain(text[..colon]), text[(colon + 1)..].Trim()); }
        }

        return parameters;
    }

    static List<string> Bullets(string text) => [.. Items(text).Select(item => item.Head)];

    /// <summary>The bullets that are not indented, each with the lines below it.</summary>
    static List<(string Head, List<string> Below)> Items(string text)
    {
        var items = new List<(string Head, List<string> Below)>();
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0 && !char.IsWhiteSpace(line[0]) && Bare(line) is { } head) { items.Add((head, [])); }
            else if (items.Count > 0 && line.Trim().Length > 0) { items[^1].Below.Add(line); }
        }

        return items;
    }

    /// <summary>What a line that is a bullet says; null for another line.</summary>
    static string? Bare(string line)
    {
        var text = line.TrimStart();
        return text is ['-' or '*' or '+', ' ' or '\t', ..] ? text[2..].Trim() : null;
    }

    static string? Text(List<RunbookSection> sections, string title) =>
        Find(sections, title) is { } text && string.Join('\n', text.Split('\n').Select(RunbookText.Unguard)).Trim() is { Length: > 0 } said ? said : null;

    static string? Find(List<RunbookSection> sections, string title) =>
        sections.Find(one => one.Title.Equals(title, StringComparison.OrdinalIgnoreCase))?.Text;

    /// <summary>The parts below headings of that level; headings in fenced code are code.</summary>
    static List<RunbookSection> Split(string text, string mark)
    {
        var sections = new List<RunbookSection>();
        var lines = new List<string>();
        string? title = null;
        var fence = false;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            fence ^= line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (fence || !line.StartsWith(mark, StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            Close();
            title = line[mark.Length..].Trim().TrimEnd('#').Trim();
        }

        Close();
        return sections;

        void Close()
        {
            if (title is not null) { sections.Add(new RunbookSection(title, string.Join('\n', lines).Trim('\n'))); }
            lines.Clear();
        }
    }

    static string Plain(string text) => text.Replace("**", "", StringComparison.Ordinal).Trim().TrimEnd(':').Trim();

    static string Joined(IEnumerable<string> lines) => string.Join('\n', lines.Where(line => line.Length > 0).Select(RunbookText.Unguard));

    [GeneratedRegex(@"^\*\*(?<name>[^*]+?):?\*\*:?(?<rest>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
