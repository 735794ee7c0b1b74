using System.Text;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>The one screen that a start shows: a page for a person, one log line for a program.</summary>
static partial class Greeting
{
    public static void Show(ServerOptions options, ServerHost host)
    {
        if (Console.IsOutputRedirected)
        {
            LogReady(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Server"), string.Join(", ", host.Urls), options.DataDir);
        }
        else
        {
            Console.Write(Screen(options, host.Urls));
        }
    }

    public static string Screen(ServerOptions options, IReadOnlyList<string> urls)
    {
        var screen = new StringBuilder();
        screen.Append($"\n  Agent Orchestrator {ServerProgram.Version} is ready\n\n");
        Row("URL", string.Join("  ", urls));
        Row("Token", options.NoAuth ? "none: authentication is off, everybody on this machine may do everything" : $"{options.TokenFile} (ao finds it)");
        Row("Data", options.Database is null ? options.DataDir : $"{options.DataDir}, PostgreSQL");
        Row("Agents", options.AgentsDir);
        Row("Runner", options.NoRunner ? "none here: start one with 'ao runner'" : "in this process");
        screen.Append("\n  Next, in another terminal:\n\n    ao agents              the agents that are there\n    ao start NAME -p TEXT  start a session\n    ao doctor              what works here, and what to install\n\n");
        return screen.ToString();

        void Row(string name, string value) => screen.Append("  ").Append(name.PadRight(9)).Append(value).Append('\n');
    }

    [LoggerMessage(LogLevel.Information, "Ready on {Urls}, data in {DataDir}")]
    static partial void LogReady(ILogger log, string urls, string dataDir);
}
