using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

/// <summary>What a user's text asks the model to do, one turn for each call of the model.</summary>
/// <remarks>
/// The text carries directives; everything around them is ignored. A turn ends after a <c>tool</c>, <c>fail</c>, <c>hang</c> or <c>cut</c>.
/// <code>
/// [[say:text]]                     answers with the text; several are joined
/// [[tool:Bash {"command":"ls"}]]   calls the tool; [[tools:[{"name":"A","input":{}},…]]] calls several at once
/// [[fail:529]]  [[fail:400 why]]   answers with that status; 429 asks for 7 seconds of peace
/// [[hang]]                         starts the stream and waits until released or abandoned
/// [[cut]]                          breaks the connection in the middle of the answer
/// [[slow:20]]                      20 ms between the words of every text
/// [[usage:1000,200]]               reports these tokens, input and output
/// </code>
/// Without any directive the text is echoed.
/// </remarks>
public sealed record Script(IReadOnlyList<Turn> Turns, TimeSpan Pace, Usage? Usage)
{
    public static Script Parse(string text)
    {
        var turns = new List<Turn>();
        var said = new StringBuilder();
        var pace = TimeSpan.Zero;
        Usage? usage = null;
        void End(Turn turn)
        {
            turns.Add(turn with { Text = said.ToString() });
            said.Clear();
        }

        foreach (var (name, raw) in Directives(text))
        {
            var argument = raw.Trim();
            switch (name)
            {
                case "say": said.Append(raw); break;
                case "slow": pace = TimeSpan.FromMilliseconds(Number(argument.Replace("ms", "", StringComparison.Ordinal))); break;
                case "usage": usage = ParseUsage(argument); break;
                case "tool": End(new Turn { Calls = [ParseCall(argument)] }); break;
                case "tools": End(new Turn { Calls = ParseCalls(argument) }); break;
                case "hang": End(new Turn { Ending = Ending.Hang }); break;
                case "cut": End(new Turn { Ending = Ending.Cut }); break;
                case "fail": End(ParseFailure(argument)); break;
                default: throw new FormatException($"No directive is called '{name}'.");
            }
        }

        if (said.Length > 0) { End(new Turn()); }
        if (turns.Count == 0) { turns.Add(new Turn { Text = text }); }
        return new Script(turns, pace, usage);
    }

    static IEnumerable<(string Name, string Argument)> Directives(string text)
    {
        var at = 0;
        while ((at = text.IndexOf("[[", at, StringComparison.Ordinal)) >= 0)
        {
            at += 2;
            var nameEnd = text.IndexOfAny([':', ']'], at);
            if (nameEnd < 0) { yield break; }

            var name = text[at..nameEnd];
            // A shell's [[ -f x ]] and the like are not ours.
            if (name.Length == 0 || !name.All(char.IsAsciiLetterLower)) { continue; }

            var argument = text[nameEnd] == ':' ? nameEnd + 1 : nameEnd;
            var jsonLength = name is "tool" or "tools" ? JsonEnd(text, argument) - argument : 0;
            var end = text.IndexOf("]]", argument + jsonLength, StringComparison.Ordinal);
            if (end < 0) { throw new FormatException($"The directive '{name}' has no ']]'."); }

            yield return (name, text[argument..end]);
            at = end + 2;
        }
    }

    // Brackets inside the JSON argument do not end the directive.
    static int JsonEnd(string text, int from)
    {
        var start = text.IndexOfAny(['{', '['], from);
        var close = text.IndexOf("]]", from, StringComparison.Ordinal);
        if (start < 0 || (close >= 0 && close < start)) { return from; }

        var utf8 = Encoding.UTF8.GetBytes(text[start..]);
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        reader.Skip();
        return start + Encoding.UTF8.GetCharCount(utf8, 0, (int)reader.BytesConsumed);
    }

    static ToolCall ParseCall(string argument)
    {
        var space = argument.IndexOf(' ', StringComparison.Ordinal);
        return space < 0
            ? new ToolCall(argument, [])
            : new ToolCall(argument[..space], JsonNode.Parse(argument[space..])!.AsObject());
    }

    static IReadOnlyList<ToolCall> ParseCalls(string argument) =>
        [.. JsonNode.Parse(argument)!.AsArray().Select(call =>
            new ToolCall(call!["name"]!.GetValue<string>(), call["input"]?.DeepClone().AsObject() ?? []))];

    static Turn ParseFailure(string argument)
    {
        var space = argument.IndexOf(' ', StringComparison.Ordinal);
        var status = Number(space < 0 ? argument : argument[..space]);
        return new Turn
        {
            Ending = Ending.Fail,
            FailStatus = status,
            FailMessage = space < 0 ? $"The script answers {status}." : argument[space..].Trim(),
        };
    }

    static Usage ParseUsage(string argument)
    {
        var parts = argument.Split(',');
        return new Usage(Number(parts[0]), Number(parts[1]));
    }

    static int Number(string text) => int.Parse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
}
