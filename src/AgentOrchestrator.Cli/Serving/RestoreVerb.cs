using AgentOrchestrator.Cli.CommandLine;

namespace AgentOrchestrator.Cli.Serving;

static class RestoreVerb
{
    static readonly Positional s_file = new("FILE", "What 'ao backup' wrote");
    static readonly Flag s_data = new("--data", "The folder to make; it must be empty or not there yet", "DIR");

    public static readonly Verb Verb = new("restore", "Make a data folder from a backup", Run)
    {
        Positionals = [s_file],
        Flags = [s_data],
        Remarks = "Without a server: start one on the folder afterwards, with 'ao up --data DIR'. The restored data are checked as 'ao verify' does; the\n"
            + "exit code is 1 when something is wrong with them. A file that is no whole backup leaves nothing behind.",
    };

    static Task<int> Run(Invocation call)
    {
        var data = call.Arguments.Value(s_data) ?? throw new UsageException("--data DIR is missing");
        string[] arguments = ["restore", call.Arguments.Value(s_file), "--data", data];
        return UpVerb.BecomeAsync(call, call.WantsJson ? [.. arguments, "--json"] : arguments);
    }
}
