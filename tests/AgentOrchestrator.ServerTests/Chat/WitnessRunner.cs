using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Executors.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>A runner whose <c>chat</c> agents have a tool that adds a line to a file, to be killed in the middle of it.</summary>
static class WitnessRunner
{
    public const string Verb = "run-until-killed";
    public const string Tool = "witness";

    public static string FileIn(string folder) => Path.Combine(folder, "witness");

    public static async Task<int> RunAsync(Uri server, string folder)
    {
        _ = Task.Run(EndWithTheTest);
        var options = new RunnerOptions { Server = server, StateDirectory = Path.Combine(folder, "runner"), ProjectDirectory = folder, Name = Tool };
        var executor = new ChatExecutor(new ChatLimits(), TimeProvider.System, AIFunctionFactory.Create((string line) => WriteAsync(folder, line), Tool));
        await new RunnerHost(options, [executor], NullLoggerFactory.Instance).RunAsync(CancellationToken.None);
        return 0;
    }

    /// <summary>Not idempotent, and at times with time to be killed before and after.</summary>
    static async Task<string> WriteAsync(string folder, string line)
    {
        await Task.Delay(Random.Shared.Next(2));
        await using (var file = new FileStream(FileIn(folder), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        }

        await Task.Delay(Random.Shared.Next(2));
        return line;
    }

    static void EndWithTheTest()
    {
        while (Console.In.Read() >= 0) { }
        Environment.Exit(0);
    }
}
