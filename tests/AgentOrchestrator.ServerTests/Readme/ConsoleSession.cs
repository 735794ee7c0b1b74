using System.Text.RegularExpressions;

namespace AgentOrchestrator.ServerTests.Readme;

/// <summary>One command of a <c>console</c> block, and what it is shown to print.</summary>
/// <param name="Expected">Lines; <c>…</c> stands for anything, also for several lines.</param>
sealed record ConsoleCommand(string Command, string Expected)
{
    public bool IsPrintedBy(string output) => Regex.IsMatch(
        output.TrimEnd(),
        "^" + Regex.Escape(Expected).Replace("…", ".*", StringComparison.Ordinal) + "$",
        RegexOptions.Singleline | RegexOptions.NonBacktracking);

    /// <summary>The commands of all <c>console</c> blocks of a Markdown text, in order.</summary>
    public static IReadOnlyList<ConsoleCommand> Read(string markdown)
    {
        var commands = new List<ConsoleCommand>();
        foreach (Match block in Regex.Matches(markdown, "^```console\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline))
        {
            foreach (var part in Regex.Split(block.Groups[1].Value, @"^\$ ", RegexOptions.Multiline).Where(p => p.Length > 0))
            {
                var lines = part.TrimEnd().Split('\n');
                commands.Add(new ConsoleCommand(lines[0], string.Join('\n', lines[1..])));
            }
        }

        return commands;
    }
}
