using AgentOrchestrator.Cli.CommandLine;

namespace AgentOrchestrator.Cli.Sessions;

static class SessionName
{
    public static readonly Positional Argument = new("NAME", "The session's name or id");
}
