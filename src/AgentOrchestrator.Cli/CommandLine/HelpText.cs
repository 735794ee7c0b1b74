namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>What <c>--help</c> prints, from the same table that reads the command line.</summary>
static class HelpText
{
    public static void Write(TextWriter output)
    {
        output.WriteLine("Usage: ao VERB [ARGUMENTS]");
        output.WriteLine();
        output.WriteLine("Starts agents as sessions, watches them live, stops and resumes them.");
        output.WriteLine();
        output.WriteLine("Verbs:");
        WriteColumns(output, VerbTable.All.Select(verb => (Signature(verb), verb.Summary)));
        output.WriteLine();
        output.WriteLine("'ao VERB --help' says more. The server is the one on this machine, or AGENT_ORCHESTRATOR_API_URL.");
    }

    /// <summary>For a word that is a verb only together with a second one.</summary>
    public static void Write(TextWriter output, string word, IReadOnlyList<Verb> group)
    {
        output.WriteLine($"Usage: ao {word} VERB [ARGUMENTS]");
        output.WriteLine();
        WriteGroup(output, group);
        output.WriteLine();
        output.WriteLine($"'ao {word} VERB --help' says more.");
    }

    public static void Write(TextWriter output, Verb verb, string called)
    {
        output.WriteLine($"Usage: {called}{(verb.PassesArguments ? " [ARGUMENTS]" : " [OPTIONS]")}{Names(verb)}");
        output.WriteLine();
        output.WriteLine(verb.Summary + ".");
        if (verb.Remarks is { } remarks)
        {
            output.WriteLine();
            output.WriteLine(remarks);
        }

        if (verb.Positionals.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Arguments:");
            WriteColumns(output, verb.Positionals.Select(positional => (positional.Name, positional.Meaning)));
        }

        output.WriteLine();
        output.WriteLine("Options:");
        Flag[] common = verb.PassesArguments ? [Flag.Help] : [Flag.Json, Flag.Help];
        WriteColumns(output, verb.Flags.Concat(common).Select(flag => (Signature(flag), flag.Meaning)));
        if (VerbTable.Group(verb.Name) is { Count: > 0 } group)
        {
            output.WriteLine();
            WriteGroup(output, group);
        }
    }

    static void WriteGroup(TextWriter output, IReadOnlyList<Verb> group)
    {
        output.WriteLine("Verbs:");
        WriteColumns(output, group.Select(verb => (Signature(verb), verb.Summary)));
    }

    static string Signature(Verb verb) => verb.Name + Names(verb);

    static string Signature(Flag flag) =>
        (flag.Short is { } letter ? $"-{letter}, " : "    ") + flag.Name + (flag.Value is { } value ? $" {value}" : "");

    static string Names(Verb verb) => string.Concat(verb.Positionals.Select(positional => positional.IsOptional ? $" [{positional.Name}]" : " " + positional.Name));

    static void WriteColumns(TextWriter output, IEnumerable<(string Left, string Right)> rows)
    {
        var all = rows.ToList();
        var width = all.Max(row => row.Left.Length);
        foreach (var (left, right) in all)
        {
            output.WriteLine($"  {left.PadRight(width)}  {right}");
        }
    }
}
