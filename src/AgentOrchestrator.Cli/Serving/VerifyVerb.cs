using AgentOrchestrator.Cli.CommandLine;

namespace AgentOrchestrator.Cli.Serving;

static class VerifyVerb
{
    static readonly Positional s_folder = new("DIR", "The data folder of a server, such as .agent-orchestrator");

    public static readonly Verb Verb = new("verify", "Check a data folder", Run)
    {
        Positionals = [s_folder],
        Remarks = "Reads only, also beside a server that runs: the database file, the sequences of every log, the ends of runs, callbacks, and the files\n"
            + "of large bodies. One line for each thing that is wrong, with what to do; the exit code is then 1.",
    };

    static Task<int> Run(Invocation call)
    {
        string[] arguments = ["verify", call.Arguments.Value(s_folder)];
        return UpVerb.BecomeAsync(call, call.WantsJson ? [.. arguments, "--json"] : arguments);
    }
}
