using System.Diagnostics;
using AgentOrchestrator.Cli.CommandLine;

namespace AgentOrchestrator.Cli.Serving;

static class UpVerb
{
    public static readonly Verb Verb = new("up", "Start the server on this machine, with a runner in it", Run)
    {
        PassesArguments = true,
        Remarks = "Stays in the foreground; Ctrl-C ends it. Every argument goes to the server. The server is the one that this 'ao' came with, or\n"
            + $"the program that {ServerExecutable.Variable} names.",
        Flags =
        [
            new("--urls", "Where to listen, separated by ';'; http://localhost:8765 when left out", "URLS"),
            new("--data", "All state of the server; .agent-orchestrator in this folder when left out", "DIR"),
            new("--agents-dir", "The definitions of agents", "DIR"),
            new("--database", "A PostgreSQL URL instead of SQLite", "URL"),
            new("--no-auth", "Ask for no token; on this machine only"),
            new("--no-runner", "Execute nothing in the server; see 'ao runner'"),
        ],
    };

    static Task<int> Run(Invocation call) => BecomeAsync(call, call.Rest);

    /// <summary>Goes on as the server's program.</summary>
    internal static Task<int> BecomeAsync(Invocation call, IReadOnlyList<string> arguments)
    {
        var server = ServerExecutable.Find(call.Host.Environment);
        return OperatingSystem.IsWindows() ? RunAsChildAsync(server, arguments) : Task.FromResult(ExecutableImage.Replace(server, arguments));
    }

    static async Task<int> RunAsChildAsync(string server, IReadOnlyList<string> arguments)
    {
        // Ctrl-C reaches the child by itself; this program waits for how it ends.
        Console.CancelKeyPress += static (_, key) => key.Cancel = true;
        using var child = Process.Start(new ProcessStartInfo(server, arguments) { UseShellExecute = false })!;
        await child.WaitForExitAsync();
        return child.ExitCode;
    }
}
