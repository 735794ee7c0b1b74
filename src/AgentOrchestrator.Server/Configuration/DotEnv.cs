using System.Text;
using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Configuration;

/// <summary>Reads <c>.env</c>: <c>KEY=value</c> lines, comments, quotes. Nothing is substituted or executed.</summary>
static partial class DotEnv
{
    /// <summary>Sets what the file names and the environment does not have yet: the environment wins.</summary>
    /// <exception cref="ProductException">Invalid, naming file and line.</exception>
    public static void Apply(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        foreach (var (name, value) in Parse(File.ReadAllText(path), path))
        {
            if (Environment.GetEnvironmentVariable(name) is null)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }

    /// <exception cref="ProductException">Invalid, naming file and line.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text, string file)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length is 0 || line[0] is '#')
            {
                continue;
            }

            var assignment = Assignment().Match(line);
            if (!assignment.Success)
            {
                throw Refuse(file, number, "write KEY=value");
            }

            values[assignment.Groups["name"].Value] = ParseValue(assignment.Groups["value"].Value, file, number);
        }

        return values;
    }

    static string ParseValue(string text, string file, int line)
    {
        if (text is not ['"' or '\'', ..])
        {
            var comment = Comment().Match(text);
            return (comment.Success ? text[..comment.Index] : text).TrimEnd();
        }

        var quote = text[0];
        var value = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                var rest = text[(i + 1)..].TrimStart();
                return rest is "" or ['#', ..] ? value.ToString() : throw Refuse(file, line, "there is text after the closing quote");
            }

            var isEscape = quote is '"' && text[i] is '\\' && i + 1 < text.Length;
            value.Append(isEscape ? Unescape(text[++i]) : text[i]);
        }

        throw Refuse(file, line, "the closing quote is missing");
    }

    static char Unescape(char c) => c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', _ => c };

    static ProductException Refuse(string file, int line, string what) => new(ErrorCode.Invalid, $"{file} line {line}: {what}");

    [GeneratedRegex(@"^(export\s+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?<value>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(^|\s)#", RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();
}
