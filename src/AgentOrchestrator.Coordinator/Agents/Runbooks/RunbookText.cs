using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Coordinator.Agents.Runbooks;

/// <summary>Words and small rules that reading and writing share.</summary>
static class RunbookText
{
    /// <summary>The sections that are members of a runbook.</summary>
    public static FrozenSet<string> Known { get; } = FrozenSet.ToFrozenSet(
        ["Job Title", "Role", "Core Capabilities", "Capabilities", "Collaboration Patterns", "Dependencies"], StringComparer.OrdinalIgnoreCase);

    /// <summary>A name as a title: <c>mail_clerk</c> is <c>Mail Clerk</c>.</summary>
    public static string TitleOf(string name) =>
        CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name.Replace('_', ' ').Replace('-', ' ').ToLowerInvariant());

    public static string RoleOf(string name) => $"{TitleOf(name)} Agent";

    /// <summary>A capability's name in snake case.</summary>
    public static string TagOf(string name)
    {
        var tag = new StringBuilder();
        foreach (var c in name.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c)) { tag.Append(c); }
            else if (tag.Length > 0 && tag[^1] != '_') { tag.Append('_'); }
        }

        return tag.ToString().TrimEnd('_');
    }

    /// <summary>A line of somebody's text that stays text in Markdown: it opens no section, no list and no code.</summary>
    public static string Guard(string line)
    {
        var text = line.TrimStart();
        return text is ['#' or '\\' or '`' or '~' or '-' or '*' or '+', ..] ? "\\" + text : text;
    }

    public static string Unguard(string line) => line is ['\\', '#' or '\\' or '`' or '~' or '-' or '*' or '+', ..] ? line[1..] : line;
}
