using System.Text;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents.Runbooks;

/// <summary>Writes a runbook as Markdown that reads back as the same runbook.</summary>
static class RunbookWriter
{
    public static string Write(Runbook book)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(RunbookText.TitleOf(book.AgentName!)).Append(" Agent Runbook\n");
        Section(text, "Job Title", Paragraph(book.JobTitle));
        Section(text, "Role", Paragraph(book.Role));
        var capabilities = book.Capabilities ?? [];
        Section(text, "Core Capabilities", capabilities.All(IsPlain) ? Bullets(capabilities) : Blocks(capabilities));
        foreach (var other in book.Others) { Section(text, other.Title, other.Text); }

        Section(text, "Collaboration Patterns", List(book.CollaborationPatterns));
        Section(text, "Dependencies", List(book.Dependencies));
        return text.ToString();
    }

    /// <summary>Whether a bullet says all of it.</summary>
    static bool IsPlain(RunbookCapability one) =>
        one is { Parameters: null or { Count: 0 }, ExampleUsage: null or "" }
        && (one.Tags is null || (one.Tags.Count == 1 && one.Tags[0] == RunbookText.TagOf(one.Name!)));

    static string Bullets(IEnumerable<RunbookCapability> capabilities)
    {
        var text = new StringBuilder();
        foreach (var one in capabilities)
        {
            text.Append("- **").Append(one.Name).Append("**\n");
            foreach (var line in Lines(one.Description)) { text.Append("  - ").Append(line).Append('\n'); }
        }

        return text.ToString().TrimEnd('\n');
    }

    static string Blocks(IEnumerable<RunbookCapability> capabilities)
    {
        var text = new StringBuilder();
        foreach (var one in capabilities)
        {
            text.Append("### ").Append(one.Name).Append("\n\n");
            Labelled(text, "Description", one.Description);
            if (one.Parameters is { Count: > 0 } parameters)
            {
                text.Append("- **Parameters:**\n");
                foreach (var (name, meaning) in parameters) { text.Append("  - ").Append(name).Append(": ").Append(meaning).Append('\n'); }
            }

            if (one.ExampleUsage is { Length: > 0 } example) { Labelled(text, "Example Usage", example); }
            text.Append("- **Tags:** ").Append(string.Join(", ", one.Tags ?? [RunbookText.TagOf(one.Name!)])).Append("\n\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    static void Labelled(StringBuilder text, string label, string? value)
    {
        var lines = Lines(value);
        text.Append("- **").Append(label).Append(":**");
        if (lines.Count > 0) { text.Append(' ').Append(lines[0]); }

        text.Append('\n');
        foreach (var line in lines.Skip(1)) { text.Append("  ").Append(line).Append('\n'); }
    }

    static string Paragraph(string? value) => string.Join('\n', Lines(value));

    static string List(IReadOnlyList<string>? items) => string.Join('\n', (items ?? []).Select(item => "- " + item));

    static List<string> Lines(string? value) =>
        [.. (value ?? "").Split('\n').Select(line => RunbookText.Guard(line.Trim())).Where(line => line.Length > 0)];

    static void Section(StringBuilder text, string title, string content)
    {
        if (content.Length > 0) { text.Append("\n## ").Append(title).Append("\n\n").Append(content).Append('\n'); }
    }
}
