namespace AgentOrchestrator.ServerTests.Scenarios;

/// <summary>One request of a scenario and what its answer must be.</summary>
/// <remarks>
/// <code>
/// POST /runs {"type":"start_session","session_name":"a","prompt":"p"}
///   with Idempotency-Key: k1
///   200
///   has "status":"pending"
///   lacks "error"
///   keep run_id
/// </code>
/// A kept member of the answer is used in later requests and expectations as <c>{run_id}</c>, or under another name: <c>keep run_id as first</c>.
/// </remarks>
sealed record Step(int Line, string Method, string Path, string? Body)
{
    static readonly string[] s_methods = ["GET", "POST", "PATCH", "PUT", "DELETE"];

    public List<(string Name, string Value)> Headers { get; } = [];
    public int Status { get; private set; } = 200;
    public List<string> Has { get; } = [];
    public List<string> Lacks { get; } = [];
    public List<(string Member, string Name)> Keeps { get; } = [];

    public static IReadOnlyList<Step> ParseAll(string script)
    {
        var steps = new List<Step>();
        foreach (var (number, line) in script.Split('\n').Index())
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            if (!char.IsWhiteSpace(line[0]))
            {
                steps.Add(Begin(number + 1, text));
            }
            else
            {
                steps[^1].Expect(text);
            }
        }

        return steps;
    }

    static Step Begin(int line, string text)
    {
        var parts = text.Split(' ', 3);
        return s_methods.Contains(parts[0])
            ? new Step(line, parts[0], parts[1], parts.Length == 3 ? parts[2] : null)
            : throw new FormatException($"line {line} is no request: {text}");
    }

    void Expect(string text)
    {
        var (verb, rest) = text.IndexOf(' ') is var space and > 0 ? (text[..space], text[(space + 1)..]) : (text, "");
        switch (verb)
        {
            case "with":
                var colon = rest.IndexOf(':', StringComparison.Ordinal);
                Headers.Add((rest[..colon], rest[(colon + 1)..].Trim()));
                break;
            case "has":
                Has.Add(rest);
                break;
            case "lacks":
                Lacks.Add(rest);
                break;
            case "keep":
                var names = rest.Split(" as ");
                Keeps.Add((names[0], names[^1]));
                break;
            default:
                Status = int.Parse(verb);
                break;
        }
    }
}
