namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>A command line, read by the grammar of its verb.</summary>
sealed class Arguments
{
    readonly Dictionary<string, string> _values = [];

    public bool Has(Flag flag) => _values.ContainsKey(flag.Name);

    public string? Value(Flag flag) => _values.GetValueOrDefault(flag.Name);

    public string Value(Positional positional) => _values[positional.Name];

    /// <returns>Null when it was left out.</returns>
    public string? Find(Positional positional) => _values.GetValueOrDefault(positional.Name);

    /// <exception cref="UsageException">The value is not a number from <paramref name="least"/> up.</exception>
    public long? Number(Flag flag, long least)
    {
        if (Value(flag) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, out var number) && number >= least
            ? number
            : throw new UsageException($"{flag.Name} must be a whole number, {least} or more; it is '{text}'");
    }

    /// <exception cref="UsageException">Unknown flag, missing value, too many or too few names.</exception>
    public static Arguments Parse(Verb verb, ReadOnlySpan<string> args)
    {
        var parsed = new Arguments();
        var positionals = 0;
        var flagsEnded = false;
        for (var i = 0; i < args.Length; i++)
        {
            var text = args[i];
            if (flagsEnded || text.Length < 2 || text[0] is not '-')
            {
                if (positionals == verb.Positionals.Count)
                {
                    throw new UsageException($"'{text}' is one name too many");
                }

                parsed._values[verb.Positionals[positionals++].Name] = text;
            }
            else if (text is "--")
            {
                flagsEnded = true;
            }
            else
            {
                parsed.ReadFlag(verb, args, ref i);
            }
        }

        if (positionals < verb.Positionals.Count && !verb.Positionals[positionals].IsOptional && !parsed.Has(Flag.Help))
        {
            throw new UsageException($"{verb.Positionals[positionals].Name} is missing");
        }

        return parsed;
    }

    void ReadFlag(Verb verb, ReadOnlySpan<string> args, ref int i)
    {
        var text = args[i];
        string? attached = null;
        if (text[1] is '-')
        {
            var equals = text.IndexOf('=');
            if (equals > 0)
            {
                (text, attached) = (text[..equals], text[(equals + 1)..]);
            }
        }
        else if (text.Length > 2)
        {
            (text, attached) = (text[..2], text[2..]);
        }

        var flag = Find(verb, text) ?? throw new UsageException($"there is no {text} here");
        if (flag.Value is null)
        {
            _values[flag.Name] = attached is null ? "" : throw new UsageException($"{flag.Name} takes no value");
            return;
        }

        if (attached is null && ++i == args.Length)
        {
            throw new UsageException($"{flag.Name} needs a value");
        }

        _values[flag.Name] = attached ?? args[i];
    }

    static Flag? Find(Verb verb, string text)
    {
        foreach (var flag in verb.Flags)
        {
            if (Is(flag, text))
            {
                return flag;
            }
        }

        return Is(Flag.Json, text) ? Flag.Json : Is(Flag.Help, text) ? Flag.Help : null;
    }

    static bool Is(Flag flag, string text) => flag.Name == text || (text.Length == 2 && flag.Short == text[1]);
}
