using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>The program: finds the verb, calls it, and turns what went wrong into words and an exit code.</summary>
static class Ao
{
    public const int ExitOk = 0;
    public const int ExitFailed = 1;
    public const int ExitUsage = 2;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int ExitInterrupted = 130;

    /// <param name="program">The name that it was called by: <c>ao</c>, or one of the predecessor's.</param>
    public static int Run(string program, string[] args, Host host)
    {
        try
        {
            return Call(program, args, host);
        }
        catch (IOException) when (host.Terminal is { IsOutTerminal: false })
        {
            // The reader of our output has gone, as head does.
            return ExitFailed;
        }
    }

    static int Call(string program, string[] args, Host host)
    {
        var isSeedName = VerbTable.FindSeed(program) is not null;
        var verb = VerbTable.FindSeed(program) ?? VerbTable.Find(args, out args);
        if (verb is null)
        {
            return WithoutVerb(args, host);
        }

        var called = isSeedName ? program : $"ao {verb.Name}";
        var wantsJson = args.Contains(Flag.Json.Name) || (isSeedName && verb.IsJsonForSeed);
        try
        {
            return Call(verb, called, isSeedName, args, host);
        }
        catch (UsageException e)
        {
            Say(host, wantsJson, "usage", $"{e.Message}. Try '{called} --help'");
            return ExitUsage;
        }
        catch (ProductException e)
        {
            Say(host, wantsJson, e.Reason ?? WireEnum<ErrorCode>.Text(e.Code), e.Message);
            return ExitFailed;
        }
        finally
        {
            host.Terminal.Out.Flush();
        }
    }

    static int Call(Verb verb, string called, bool isSeedName, string[] args, Host host)
    {
        if (verb.PassesArguments && !args.Contains(Flag.Help.Name) && !args.Contains("-h"))
        {
            using var passing = new Invocation(host, new Arguments(), args, isSeedName);
            return verb.Run(passing).GetAwaiter().GetResult();
        }

        var arguments = Arguments.Parse(verb, args);
        if (arguments.Has(Flag.Help))
        {
            HelpText.Write(host.Terminal.Out, verb, called);
            return ExitOk;
        }

        using var invocation = new Invocation(host, arguments, [], isSeedName);
        return verb.Run(invocation).GetAwaiter().GetResult();
    }

    static int WithoutVerb(string[] args, Host host)
    {
        switch (args)
        {
            case [] or ["--help" or "-h" or "help", ..]:
                HelpText.Write(host.Terminal.Out);
                host.Terminal.Out.Flush();
                return ExitOk;
            case ["--version"]:
                host.Terminal.Out.WriteLine(typeof(Ao).Assembly.GetName().Version!.ToString(3));
                host.Terminal.Out.Flush();
                return ExitOk;
            case [var word, "--help" or "-h"] when VerbTable.Group(word) is { Count: > 0 } group:
                HelpText.Write(host.Terminal.Out, word, group);
                host.Terminal.Out.Flush();
                return ExitOk;
            case [var word, ..] when VerbTable.Group(word).Count > 0:
                var what = args.Length > 1 ? $"There is no 'ao {word} {args[1]}'" : $"'ao {word}' needs a second word";
                Say(host, args.Contains(Flag.Json.Name), "usage", $"{what}. Try 'ao {word} --help'");
                return ExitUsage;
            default:
                Say(host, args.Contains(Flag.Json.Name), "usage", $"There is no 'ao {args[0]}'. Try 'ao --help'");
                return ExitUsage;
        }
    }

    static void Say(Host host, bool asJson, string code, string message) => host.Terminal.Error.WriteLine(
        asJson
            ? JsonText.Of(new ErrorLine(message, code), CliJson.Default.ErrorLine)
            : $"Error: {(host.Terminal.IsErrorTerminal ? PlainText.Clean(message) : message)}");
}
